import { refuse, toBase64Url } from '@countersign/kernel';
import { open, seal, sealedUnder, sealingKey, type SealingKey } from './aead.js';

/**
 * The key that seals now and the earlier ones that still open. Immutable: a rotation makes a new keyring.
 * Used for challenges and for tenant keys.
 */
export class SealingKeyring {
  private readonly current: SealingKey;
  private readonly byId: ReadonlyMap<string, SealingKey>;

  /**
   * @param current 32 bytes
   * @param previous 32 bytes each; leave one out and what it sealed is refused from then on
   */
  constructor(current: Uint8Array, previous: readonly Uint8Array[] = []) {
    this.current = sealingKey(current);
    this.byId = new Map([...previous.map(sealingKey), this.current].map((key) => [toBase64Url(key.id), key]));
  }

  /** Id of the sealing key, base64url of 4 bytes; for records and logs. */
  get currentId(): string {
    return toBase64Url(this.current.id);
  }

  seal(plaintext: Uint8Array, aad: Uint8Array): Uint8Array {
    return seal(this.current, plaintext, aad);
  }

  /** @throws `seal_refused` */
  open(sealed: Uint8Array, aad: Uint8Array): Uint8Array {
    const key = this.byId.get(toBase64Url(sealedUnder(sealed)));
    if (!key) throw refuse('seal_refused', {}, 'sealed under a key that is not held');
    return open(key, sealed, aad);
  }
}
