import { randomSecret, sha256, toBase64Url } from '@countersign/kernel';

/** A client secret and what is kept of it. */
export interface ClientSecret {
  /** 256 random bits, base64url; told once, never stored. */
  secret: string;
  /** base64url SHA-256. A plain hash is enough: nobody guesses 256 random bits. */
  hash: string;
}

export function newClientSecret(): ClientSecret {
  const secret = randomSecret(32);
  return { secret, hash: toBase64Url(sha256(secret)) };
}
