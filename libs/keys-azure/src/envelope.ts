import { createCipheriv, createDecipheriv, createPublicKey, randomBytes, verify } from 'node:crypto';
import { canonicalBytes, refuse, sha256, utf8 } from '@countersign/kernel';
import type { Binding, Point } from '@countersign/keys';

const NONCE = 12;
const TAG = 16;
const SIGNATURE = 64;
const LABEL = 'countersign azure envelope v1';

/** The parts of a wrapped value: `length of wrappedKey (2) ‖ wrappedKey ‖ nonce ‖ ciphertext ‖ tag ‖ signature (64)`. */
export interface Envelope {
  /** The content key under the vault's RSA key. */
  wrappedKey: Uint8Array;
  /** Nonce, ciphertext and tag under the content key. */
  sealed: Uint8Array;
  /** ES256 over `digestOf`, raw. */
  signature: Uint8Array;
}

const aadOf = ({ header, context }: Binding): Uint8Array => Buffer.concat([header, canonicalBytes(context)]);

function length(bytes: Uint8Array): Uint8Array {
  const four = Buffer.alloc(4);
  four.writeUInt32BE(bytes.length);
  return four;
}

function messageOf(binding: Binding, { wrappedKey, sealed }: Omit<Envelope, 'signature'>): Uint8Array {
  const parts = [aadOf(binding), wrappedKey, sealed];
  return Buffer.concat([utf8(LABEL), ...parts.flatMap((part) => [length(part), part])]);
}

/**
 * SHA-256 over what the vault's second key signs. Anybody can encrypt to an RSA key: without the signature, whoever
 * writes to the database could put a value there that unwraps to a key of their own.
 */
export const digestOf = (binding: Binding, parts: Omit<Envelope, 'signature'>): Uint8Array =>
  sha256(messageOf(binding, parts));

/** AES-256-GCM under a fresh content key; associated data are the header and the context. */
export function seal(plaintext: Uint8Array, binding: Binding): { contentKey: Uint8Array; sealed: Uint8Array } {
  const [contentKey, nonce] = [randomBytes(32), randomBytes(NONCE)];
  const cipher = createCipheriv('aes-256-gcm', contentKey, nonce).setAAD(aadOf(binding));
  return { contentKey, sealed: Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]) };
}

/** @throws `seal_refused` */
export function open(sealed: Uint8Array, contentKey: Uint8Array, binding: Binding): Uint8Array {
  try {
    const decipher = createDecipheriv('aes-256-gcm', contentKey, sealed.subarray(0, NONCE), { authTagLength: TAG })
      .setAAD(aadOf(binding))
      .setAuthTag(sealed.subarray(-TAG));
    return Buffer.concat([decipher.update(sealed.subarray(NONCE, -TAG)), decipher.final()]);
  } catch {
    throw refuse('seal_refused', {}, 'does not open');
  }
}

export function write({ wrappedKey, sealed, signature }: Envelope): Uint8Array {
  const size = Buffer.alloc(2);
  size.writeUInt16BE(wrappedKey.length);
  return Buffer.concat([size, wrappedKey, sealed, signature]);
}

/** @throws `seal_refused` for what is no envelope */
export function read(body: Uint8Array): Envelope {
  const end = 2 + ((body[0] ?? 0) << 8) + (body[1] ?? 0);
  if (end === 2 || body.length < end + NONCE + TAG + SIGNATURE) throw refuse('seal_refused', {}, 'truncated');
  return {
    wrappedKey: body.subarray(2, end),
    sealed: body.subarray(end, -SIGNATURE),
    signature: body.subarray(-SIGNATURE),
  };
}

/** @throws `seal_refused` */
export function checkSignature(point: Point, binding: Binding, envelope: Envelope): void {
  const key = createPublicKey({ key: { kty: 'EC', crv: 'P-256', ...point }, format: 'jwk' });
  const message = messageOf(binding, envelope);
  if (!verify('sha256', message, { key, dsaEncoding: 'ieee-p1363' }, envelope.signature))
    throw refuse('seal_refused', {}, 'sealed by somebody else, or for another context');
}
