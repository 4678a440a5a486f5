import { refuse, utf8 } from '@countersign/kernel';
import { isKid } from './key-id.js';

const VERSION = 1;

/** What a wrapped value says about itself: which key can open it, and that driver's own bytes. */
export interface Wrapped {
  keyId: string;
  /** Version, length and key id as they stand in front of `body`; part of the associated data. */
  header: Uint8Array;
  body: Uint8Array;
}

/** `version (1) ‖ length of the key id (1) ‖ key id (UTF-8)`; every driver puts it in front of its ciphertext. */
export function wrappedHeader(keyId: string): Uint8Array {
  const id = utf8(keyId);
  return Uint8Array.of(VERSION, id.length, ...id);
}

/** @throws `seal_refused` for what is no wrapped value */
export function readWrapped(bytes: Uint8Array): Wrapped {
  const end = 2 + (bytes[1] ?? 0);
  const keyId = Buffer.from(bytes.subarray(2, end)).toString('utf8');
  if (bytes[0] !== VERSION || bytes.length <= end || !isKid(keyId))
    throw refuse('seal_refused', {}, 'not a wrapped value');
  return { keyId, header: bytes.subarray(0, end), body: bytes.subarray(end) };
}
