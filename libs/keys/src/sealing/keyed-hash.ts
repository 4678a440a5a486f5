import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { utf8 } from '@countersign/kernel';
import { deriveKey } from './aead.js';

/**
 * HMAC-SHA-256 under a key of its own per purpose: finds a bank's reference for a person without storing it, and makes
 * decoys for unknown users that are the same on every call. Whoever lacks the key can neither invert nor guess.
 */
export class KeyedHash {
  private readonly key: KeyObject;

  /**
   * @param secret at least 32 bytes
   * @param purpose label that keeps equal inputs of two purposes apart, e.g. `subject reference`
   */
  constructor(secret: Uint8Array, purpose: string) {
    if (secret.length < 32) throw new RangeError('a keyed hash needs a key of at least 32 bytes');
    this.key = createSecretKey(deriveKey(secret, `keyed hash ${purpose}`));
  }

  /** 32 bytes. Each part enters with its length in front (4 bytes, big endian), so that parts cannot run together. */
  of(...parts: (string | Uint8Array)[]): Uint8Array {
    const hmac = createHmac('sha256', this.key);
    for (const part of parts) {
      const bytes = typeof part === 'string' ? utf8(part) : part;
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      hmac.update(length).update(bytes);
    }
    return new Uint8Array(hmac.digest());
  }
}
