import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { refuse, sha256, toBase64Url, unixSeconds, utf8 } from '@countersign/kernel';
import type { KeyStore, PublicJwk } from '../store/key-store.js';
import { activeOf } from '../store/lifecycle.js';
import { ISSUER_CERTIFICATE, certificateClaims } from './issuer-certificate.js';
import { issuerKid, type IssuerKey } from './issuer-key.js';
import { signJws } from './token-signer.js';

/** An issuer key with its private half, which is nowhere else. */
export interface HeldKey {
  key: IssuerKey;
  privateKey: KeyObject;
}

const THUMB_BYTES = 9;

/**
 * Makes an issuer key and has the active key of the name certify it; a name that is new gets its first key.
 * @param life milliseconds
 * @throws what the store throws
 */
export async function certifiedKey(store: KeyStore, name: string, life: number, createdAt: Date): Promise<HeldKey> {
  const known = await store.list(name);
  const certifier = known.length > 0 ? activeOf(known, name) : await store.create(name, 'sign');
  if (certifier.use !== 'sign') throw refuse('key_conflict', {}, `${name} is for ${certifier.use}`);
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x, y } = publicKey.export({ format: 'jwk' }) as { x: string; y: string };
  const kid = issuerKid(certifier.id, toBase64Url(sha256(utf8(`${x}.${y}`)).subarray(0, THUMB_BYTES)));
  const bare: PublicJwk = { kty: 'EC', crv: 'P-256', x, y, kid, alg: 'ES256', use: 'sig' };
  const notAfter = new Date(createdAt.getTime() + life);
  const claims = certificateClaims(name, bare, { iat: unixSeconds(createdAt), exp: unixSeconds(notAfter) });
  const certificate = await signJws(store, { typ: ISSUER_CERTIFICATE, kid: certifier.id }, claims);
  return {
    key: { jwk: { ...bare, certificate }, name, certifiedBy: certifier.id, createdAt, notAfter },
    privateKey,
  };
}
