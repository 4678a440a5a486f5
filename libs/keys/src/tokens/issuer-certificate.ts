import type { KeyObject } from 'node:crypto';
import { refuse } from '@countersign/kernel';
import type { PublicJwk } from '../store/key-store.js';
import { OUTLIVED_BY } from './issuer-key.js';
import { verifyJws } from './verify-jws.js';

/** The class of the JWS with which a key of the key store certifies an issuer key. */
export const ISSUER_CERTIFICATE = 'issuer-key+jwt';
const AUDIENCE = 'countersign issuer key';

/** Names the key and carries it (`cnf`, RFC 7800 §3.2); `iss` is the name of the certifying key. Times in Unix seconds. */
export const certificateClaims = (name: string, jwk: PublicJwk, times: { iat: number; exp: number }): object => ({
  iss: name,
  aud: AUDIENCE,
  sub: jwk.kid,
  cnf: { jwk: { kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: jwk.y } },
  ...times,
});

/**
 * Checks that a key of the key store vouches for this issuer key: that it may sign now, or that something it signed may
 * still be good.
 * @param keyOf the store's own keys by `kid`
 * @returns from when on nothing that it signed is good
 * @throws `token_refused`, `token_expired`
 */
export async function checkIssuerCertificate(
  jwk: PublicJwk,
  name: string,
  keyOf: (kid: string) => KeyObject | undefined | Promise<KeyObject | undefined>,
  now: Date,
): Promise<Date> {
  const { certificate = '' } = jwk;
  const { claims } = await verifyJws(certificate, {
    typ: ISSUER_CERTIFICATE,
    keyOf,
    issuer: name,
    audience: AUDIENCE,
    now,
    outlivedBy: OUTLIVED_BY,
  });
  const { jwk: certified } = (claims['cnf'] ?? {}) as { jwk?: Partial<PublicJwk> };
  if (claims['sub'] !== jwk.kid || certified?.x !== jwk.x || certified.y !== jwk.y)
    throw refuse('token_refused', {}, 'the certificate is of another key');
  return new Date((claims.exp + OUTLIVED_BY) * 1_000);
}
