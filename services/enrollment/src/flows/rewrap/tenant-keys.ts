import { activeOf, readWrapped, type KeyStore } from '@countersign/keys';
import { KEYED_HASH_CONTEXT } from '../../store/keyed-hashes.js';
import type { PersonKeys } from '../../store/person-keys.js';
import type { RewrapStore } from '../../store/rewrap-store.js';

export interface RewrapBatch {
  lookedAt: number;
  rewrapped: number;
  /** Where the next batch begins; empty after the last. */
  next: string;
}

/**
 * Wraps what `kek` wraps under its newest version, after that was rotated. Nothing that is sealed changes, and no process
 * has to know: what each holds in memory stays the same key.
 */
export class RewrapTenantKeys {
  constructor(
    private readonly store: RewrapStore,
    private readonly keys: PersonKeys,
    private readonly keyStore: KeyStore,
  ) {}

  /** A batch by tenant; the first also takes the secret of keyed hashes. Repeating it finds nothing left to do. */
  async batch(after: string, limit: number): Promise<RewrapBatch> {
    const newest = activeOf(await this.keyStore.list('kek'), 'kek').id;
    const isOld = (wrapped: Uint8Array): boolean => readWrapped(wrapped).keyId !== newest;
    const result: RewrapBatch = { lookedAt: 0, rewrapped: 0, next: '' };
    if (after === '') await this.hashSecret(isOld, result);
    const page = await this.store.tenantKeys(after, limit);
    for (const stored of page) {
      result.lookedAt += 1;
      if (!isOld(stored.wrapped)) continue;
      const wrapped = await this.keys.ring.rewrap(stored.tenant, stored.wrapped);
      if (await this.store.replace(stored, wrapped)) result.rewrapped += 1;
    }
    return { ...result, next: page.length === limit ? page.at(-1)!.tenant : '' };
  }

  private async hashSecret(isOld: (wrapped: Uint8Array) => boolean, result: RewrapBatch): Promise<void> {
    const stored = await this.store.hashSecret();
    if (!stored) return;
    result.lookedAt += 1;
    if (!isOld(stored)) return;
    const secret = await this.keyStore.unwrap(stored, KEYED_HASH_CONTEXT);
    const wrapped = await this.keyStore.wrap('kek', secret, KEYED_HASH_CONTEXT);
    if (await this.store.replaceHashSecret(stored, wrapped)) result.rewrapped += 1;
  }
}
