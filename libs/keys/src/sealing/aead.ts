import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, randomBytes, type KeyObject } from 'node:crypto';
import { refuse, sha256 } from '@countersign/kernel';

const VERSION = 1;
const ID = 4;
const NONCE = 12;
const TAG = 16;
const HEADER = 1 + ID;

/** Bytes that sealing adds: version, key id, nonce and tag. */
export const SEAL_OVERHEAD = HEADER + NONCE + TAG;

/** A 256-bit key for sealing and the four bytes that name it in front of what it sealed. */
export interface SealingKey {
  id: Uint8Array;
  key: KeyObject;
}

/**
 * The id is the beginning of SHA-256 over a label and the key: every holder of the key arrives at the same one, and it
 * tells nothing about a random key.
 * @param secret 32 random bytes
 */
export function sealingKey(secret: Uint8Array): SealingKey {
  if (secret.length !== 32) throw new RangeError('a sealing key has 32 bytes');
  return { id: sha256('countersign sealing key id', secret).subarray(0, ID), key: createSecretKey(secret) };
}

/** An independent 32-byte key for one purpose (HKDF-SHA-256, RFC 5869; the label is the `info`). */
export const deriveKey = (secret: Uint8Array, label: string): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', secret, new Uint8Array(), `countersign ${label}`, 32));

/**
 * Seals under AES-256-GCM: `version (1) ‖ key id (4) ‖ nonce (12) ‖ ciphertext ‖ tag (16)`.
 * Associated data are `version ‖ key id ‖ aad`. Nonces are random, so one key may seal 2^32 times at most
 * (NIST SP 800-38D §8.3).
 */
export function seal({ id, key }: SealingKey, plaintext: Uint8Array, aad: Uint8Array): Uint8Array {
  const sealed = new Uint8Array(SEAL_OVERHEAD + plaintext.length);
  sealed[0] = VERSION;
  sealed.set(id, 1);
  sealed.set(randomBytes(NONCE), HEADER);
  const cipher = createCipheriv('aes-256-gcm', key, sealed.subarray(HEADER, HEADER + NONCE));
  cipher.setAAD(Buffer.concat([sealed.subarray(0, HEADER), aad]));
  sealed.set(cipher.update(plaintext), HEADER + NONCE);
  cipher.final();
  sealed.set(cipher.getAuthTag(), sealed.length - TAG);
  return sealed;
}

/** The four bytes of the key that sealed. @throws `seal_refused` for what is no sealed value */
export function sealedUnder(sealed: Uint8Array): Uint8Array {
  if (sealed.length < SEAL_OVERHEAD || sealed[0] !== VERSION) throw refuse('seal_refused', {}, 'not a sealed value');
  return sealed.subarray(1, HEADER);
}

/** @throws `seal_refused` for changed or cut bytes, other associated data, or another key */
export function open({ key }: SealingKey, sealed: Uint8Array, aad: Uint8Array): Uint8Array {
  sealedUnder(sealed);
  const body = sealed.subarray(HEADER + NONCE, -TAG);
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(HEADER, HEADER + NONCE), {
    authTagLength: TAG,
  });
  decipher.setAAD(Buffer.concat([sealed.subarray(0, HEADER), aad])).setAuthTag(sealed.subarray(-TAG));
  const plaintext = new Uint8Array(decipher.update(body));
  try {
    decipher.final();
  } catch {
    throw refuse('seal_refused', {}, 'does not open');
  }
  return plaintext;
}
