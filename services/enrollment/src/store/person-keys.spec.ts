import { expect, test } from '@jest/globals';
import type { Database } from '@countersign/database';
import { refuse, uuidv7 } from '@countersign/kernel';
import { MemoryBacking, SoftwareKeyStore, TenantKeyring } from '@countersign/keys';
import { PersonKeys } from './person-keys.js';

/** Keys of two tenants, and that of a third which stands under the name of another, made before theirs. */
async function world() {
  const store = new SoftwareKeyStore('memory', new MemoryBacking());
  await store.create('kek', 'wrap');
  const ring = new TenantKeyring(store);
  const [lost, ...tenants] = [uuidv7(), uuidv7(), uuidv7()];
  const stored = await Promise.all(
    [lost, ...tenants].map(async (tenant, n) => ({
      tenant,
      wrapped: Buffer.from(await ring.createTenantKey(n === 0 ? uuidv7() : tenant)),
      changed_at: new Date(n * 60_000),
    })),
  );
  const database = { query: async () => ({ rows: stored }) } as unknown as Database;
  return { store, keys: new PersonKeys(database, store), lost, tenants };
}

test('BCB-9.keys · one tenant’s key that cannot be opened keeps no other tenant’s from being held', async () => {
  const { keys, lost, tenants } = await world();
  const refused: string[] = [];
  for (let again = 0; again < 2; again++) await keys.refresh((tenant) => void refused.push(tenant));
  expect(refused).toEqual([lost]);
  expect(tenants.map((tenant) => keys.ring.holds(tenant))).toEqual([true, true]);
});

test('BCB-9.keys · while the key store is away nothing is passed over', async () => {
  const { store, keys, tenants } = await world();
  const unwrap = store.unwrap.bind(store);
  store.unwrap = () => Promise.reject(refuse('key_store_unavailable'));
  await expect(keys.refresh(() => undefined)).rejects.toMatchObject({ code: 'key_store_unavailable' });
  store.unwrap = unwrap;
  await keys.refresh(() => undefined);
  expect(keys.ring.holds(tenants[1]!)).toBe(true);
});
