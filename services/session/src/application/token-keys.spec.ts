import { describe, expect, test } from '@jest/globals';
import { refuse } from '@countersign/kernel';
import { MemoryBacking, MemoryShelf, SoftwareKeyStore } from '@countersign/keys';
import { delegatedKeys } from './token-keys.js';

const HOUR = 3_600_000;

describe('delegated keys', () => {
  test('BCB-9.keys · a replica that has verified no token of a tenant yet verifies the first one without the key store', async () => {
    const store = new SoftwareKeyStore('memory', new MemoryBacking());
    const shelf = new MemoryShelf();
    const disabled = { has: () => false };
    const [one, other] = [0, 1].map(() => delegatedKeys({ store, shelf, disabled }, HOUR)) as [Keys, Keys];
    const kid = await one.issuers.current('token/t');
    await other.issuers.renew();
    store.list = () => Promise.reject(refuse('key_store_unavailable'));
    for (const replica of [one, other])
      expect((await replica.jwks('token/t', kid)).keys.map((key) => key.kid)).toContain(kid);
  });
});

type Keys = ReturnType<typeof delegatedKeys>;
