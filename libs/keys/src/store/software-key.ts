import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  randomBytes,
  sign,
  type KeyObject,
} from 'node:crypto';
import { canonicalBytes, refuse } from '@countersign/kernel';
import type { EncryptionContext, KeyUse, PublicJwk } from './key-store.js';
import { readWrapped, wrappedHeader } from './wrapped.js';

const NONCE = 12;
const TAG = 16;

/** Fresh key material: PKCS#8 DER of a P-256 key for `sign`, 32 random bytes for `wrap`. */
export const newMaterial = (use: KeyUse): Uint8Array =>
  use === 'wrap'
    ? randomBytes(32)
    : generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'der', type: 'pkcs8' });

/** Material as the object that node:crypto works with; parsing it once saves most of the cost of a signature. */
export const keyObjectOf = (use: KeyUse, material: Uint8Array): KeyObject =>
  use === 'wrap'
    ? createSecretKey(material)
    : createPrivateKey({ key: Buffer.from(material), format: 'der', type: 'pkcs8' });

/** ES256, raw r‖s. Runs on this thread: handing over to the pool costs more than it gains at one core. */
export const signEs256 = (key: KeyObject, data: Uint8Array): Uint8Array =>
  sign('sha256', data, { key, dsaEncoding: 'ieee-p1363' });

/** Public half of a P-256 private key as it stands in a JWKS. */
export function publicJwkOf(kid: string, privateKey: KeyObject): PublicJwk {
  const { x, y } = createPublicKey(privateKey).export({ format: 'jwk' });
  return { kty: 'EC', crv: 'P-256', x: x!, y: y!, kid, alg: 'ES256', use: 'sig' };
}

const aadOf = (header: Uint8Array, context: EncryptionContext): Buffer =>
  Buffer.concat([header, canonicalBytes(context)]);

/** `header ‖ nonce (12) ‖ ciphertext ‖ tag (16)`, AES-256-GCM, associated data `header ‖ JCS(context)`. */
export function wrapWith(key: KeyObject, keyId: string, plaintext: Uint8Array, context: EncryptionContext): Uint8Array {
  const header = wrappedHeader(keyId);
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(aadOf(header, context));
  const body = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return Buffer.concat([header, nonce, body, cipher.getAuthTag()]);
}

/** @throws `seal_refused` */
export function unwrapWith(key: KeyObject, wrapped: Uint8Array, context: EncryptionContext): Uint8Array {
  const { header, body } = readWrapped(wrapped);
  if (body.length < NONCE + TAG) throw refuse('seal_refused', {}, 'truncated');
  const decipher = createDecipheriv('aes-256-gcm', key, body.subarray(0, NONCE), { authTagLength: TAG })
    .setAAD(aadOf(header, context))
    .setAuthTag(body.subarray(-TAG));
  const plaintext = decipher.update(body.subarray(NONCE, -TAG));
  try {
    return Buffer.concat([plaintext, decipher.final()]);
  } catch {
    throw refuse('seal_refused', {}, 'does not open');
  }
}
