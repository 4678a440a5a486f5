import { expect, test } from '@jest/globals';
import { refuse } from '@countersign/kernel';
import { TenantKeys } from './tenant-keys.js';

const MINUTE = 60_000;

function world() {
  const stored = [1, 2, 3].map((n) => ({ tenant: `t${n}`, wrapped: Buffer.of(n), changedAt: BigInt(n * MINUTE) }));
  const asked: bigint[] = [];
  const held = new Set<string>();
  let away = false;
  const lost = new Set<string>();
  const told: string[] = [];
  const client = {
    tenantKeys: async ({ since }: { since: bigint }) => {
      asked.push(since);
      return { keys: stored.filter(({ changedAt }) => changedAt > since) };
    },
  };
  const ready = async (tenant: string, wrapped: Uint8Array): Promise<void> => {
    if (away) throw refuse('key_store_unavailable');
    if (lost.has(tenant)) throw refuse('key_disabled');
    held.add(`${tenant} ${wrapped[0]}`);
  };
  const keys = new TenantKeys(client, { ready }, (tenant) => void told.push(tenant));
  return { stored, asked, held, lost, told, keys, leave: (gone: boolean) => void (away = gone) };
}

test('BCB-9.keys · every tenant’s key is held before a sign-in needs it, and what is wrapped anew likewise', async () => {
  const { stored, asked, held, keys } = world();
  await keys.follow();
  expect([...held]).toEqual(['t1 1', 't2 2', 't3 3']);
  stored.push({ tenant: 't1', wrapped: Buffer.of(9), changedAt: BigInt(4 * MINUTE) });
  await keys.follow();
  expect(held).toContain('t1 9');
  expect(asked).toEqual([0n, BigInt(2 * MINUTE)]);
});

test('BCB-9.keys · what the key store did not open is asked for again', async () => {
  const { held, keys, leave } = world();
  leave(true);
  await expect(keys.follow()).rejects.toMatchObject({ code: 'key_store_unavailable' });
  leave(false);
  await keys.follow();
  expect(held.size).toBe(3);
});

test('BCB-9.keys · one tenant’s key that cannot be opened keeps no other tenant’s from being held', async () => {
  const { held, lost, told, keys } = world();
  lost.add('t3');
  await keys.follow();
  await keys.follow();
  expect([...held]).toEqual(['t1 1', 't2 2']);
  expect(told).toEqual(['t3']);
});
