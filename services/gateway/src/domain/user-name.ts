import { sha256, toBase64Url } from '@countersign/kernel';

/** What a limit counts a user name by: letter case, width and surrounding space make no other name (R9). */
export const userNameKey = (tenant: string, userName: string): string =>
  toBase64Url(sha256(tenant, '\0', userName.normalize('NFKC').trim().toLowerCase()));
