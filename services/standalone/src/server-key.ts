import { generateKeyPairSync } from 'node:crypto';
import { uuidv7 } from '@countersign/kernel';

export type JsonWebKey = Record<string, unknown>;

/** A private P-256 key of a bank's server as JWK, for private_key_jwt. */
export function newServerKey(): JsonWebKey & { kid: string } {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { ...(privateKey.export({ format: 'jwk' }) as JsonWebKey), kid: uuidv7(), alg: 'ES256', use: 'sig' };
}

/** Its public half as the text of a JWK set. */
export function publicJwks(key: JsonWebKey): string {
  const { kty, crv, x, y, kid, alg, use } = key;
  return JSON.stringify({ keys: [{ kty, crv, x, y, kid, alg, use }] });
}
