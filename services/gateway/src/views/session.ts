import type { session } from '@countersign/contracts';

/** Unix seconds → RFC 3339. */
export const rfc3339 = (unixSeconds: bigint): string => new Date(Number(unixSeconds) * 1000).toISOString();

export const sessionView = (of: session.Session) => ({
  id: of.id,
  subject: of.subject,
  clientId: of.clientId,
  device: of.credential,
  platform: of.platform,
  acr: of.acr,
  amr: of.amr,
  authTime: rfc3339(of.authTime),
  createdAt: of.createdAt,
  lastActiveAt: of.lastActiveAt,
  current: of.current,
});
