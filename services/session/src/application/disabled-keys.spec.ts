import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { refuse } from '@countersign/kernel';
import { MemoryBacking, MemoryShelf, SoftwareKeyStore, issuerKid } from '@countersign/keys';
import { DisabledKeys } from './disabled-keys.js';

const LEAKED = 'memory:caller/1';

/** A replica over a key store and the table that all replicas read. */
async function house() {
  const keys = new SoftwareKeyStore('memory', new MemoryBacking());
  const table: string[] = [];
  const store = { all: async () => table, add: async (id: string) => void table.push(id) };
  const replica = () => new DisabledKeys(keys, new MemoryShelf(), store);
  await keys.create('caller', 'sign');
  const list = keys.list.bind(keys);
  const answering = (answer: () => Promise<void>): void => {
    keys.list = async (name) => answer().then(() => list(name));
  };
  const away = () => answering(() => Promise.reject(refuse('key_store_unavailable')));
  const back = () => answering(async () => undefined);
  const states = async () => (await list('caller')).map(({ state }) => state);
  return { keys, table, replica, answering, away, back, states };
}

describe('keys that are disabled', () => {
  test('BCB-9.keys · with the key store away a key is refused on every replica, and the answer says that the store was not told', async () => {
    const { replica, away, back, states } = await house();
    const [one, other] = [replica(), replica()];
    away();
    expect(await one.disable(LEAKED)).toEqual({ active: '', storeFailure: 'key_store_unavailable' });
    await other.look();
    for (const each of [one, other]) {
      expect(each.has(LEAKED)).toBe(true);
      expect(each.has(issuerKid(LEAKED, 'AAAAAAAAAAAA'))).toBe(true);
    }
    expect(await states()).toEqual(['active']);
    back();
    expect(await one.disable(LEAKED)).toEqual({ active: 'memory:caller/2' });
    expect(await states()).toEqual(['disabled', 'active']);
  });

  test('BCB-9.keys · the key store is told when it is back, by whichever replica, and the key has its successor', async () => {
    const { replica, away, back, states } = await house();
    away();
    await replica().disable(LEAKED);
    const other = replica();
    await other.look();
    await expect(other.tellStore()).rejects.toMatchObject({ code: 'key_store_unavailable' });
    back();
    await other.tellStore();
    expect(await states()).toEqual(['disabled', 'active']);
    away();
    await other.tellStore();
  });

  test('BCB-9.keys · a key that its store does not let anybody disable keeps no other from being told', async () => {
    const { keys, table, replica } = await house();
    const { id: denied } = await keys.create('token/bank', 'sign');
    const disable = keys.disable.bind(keys);
    keys.disable = async (id) => (id === denied ? Promise.reject(refuse('key_store_denied')) : disable(id));
    table.push(denied, LEAKED);
    const one = replica();
    await one.look();
    await expect(one.tellStore()).rejects.toMatchObject({ code: 'key_store_denied' });
    const states = async (name: string) => (await keys.list(name)).map(({ state }) => state);
    expect(await states('caller')).toEqual(['disabled', 'active']);
    expect(await states('token/bank')).toEqual(['retiring', 'active']);
  });

  test('BCB-9.keys · a key store that does not answer holds up the refusal for two seconds, and is told all the same', async () => {
    const { replica, answering, states } = await house();
    const one = replica();
    let answer = (): void => undefined;
    const held = new Promise<void>((resolve) => (answer = resolve));
    answering(() => held);
    const disabling = one.disable(LEAKED);
    await sleep(2_500);
    expect(one.has(LEAKED)).toBe(true);
    answer();
    expect(await disabling).toEqual({ active: 'memory:caller/2' });
    expect(await states()).toEqual(['disabled', 'active']);
  });

  test('BCB-9.keys · an id that is none of a key of tokens is unknown and not kept, whether the store answers or not', async () => {
    const { replica, table, away } = await house();
    const one = replica();
    await expect(one.disable('memory:caller/7')).rejects.toMatchObject({ code: 'key_unknown' });
    away();
    for (const id of ['caller', 'memory:kek/1', 'memory:caller/0', issuerKid(LEAKED, 'AAAAAAAAAAAA')])
      await expect(one.disable(id)).rejects.toMatchObject({ code: 'key_unknown' });
    expect(table).toEqual([]);
  });
});
