import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { refuse } from '@countersign/kernel';
import { MemoryBacking, SoftwareKeyStore } from '@countersign/keys';
import type { LogFields } from '@countersign/platform';
import { openTokenKeys } from './token-signing.js';

const START = Date.now();
const DAY = 86_400_000;
const denied = () => Promise.reject(refuse('key_store_denied'));

/** Starts it on a store, with these ids disabled. @returns what it logged, and the keys nobody believes */
async function open(store: SoftwareKeyStore, disabledIds: string[]) {
  const said: [string, LogFields?][] = [];
  const log = { error: (...line: [string, LogFields?]) => void said.push(line) };
  const runtime = { settings: { tokenSigning: 'direct', tokenIssuerLife: 3_600 }, metrics: {}, log } as never;
  const database = { query: async () => ({ rows: disabledIds.map((key) => ({ key })) }) };
  const base = { database, snapshots: new Map(), every: (_ms: number, work: () => Promise<void>) => work() } as never;
  const { disabled } = await openTokenKeys(runtime, base, store);
  return { said, disabled };
}

test('BCB-9.keys · a disabled key that its store does not let anybody disable is logged, and keeps no replica from starting', async () => {
  const store = new SoftwareKeyStore('memory', new MemoryBacking());
  await store.create('caller', 'sign');
  store.disable = denied;
  const { said, disabled } = await open(store, ['memory:caller/1']);
  expect(disabled.has('memory:caller/1')).toBe(true);
  expect(said).toEqual([
    ['session.key_store_not_told', { error: expect.objectContaining({ code: 'key_store_denied' }) }],
  ]);
});

describe('a rotation that is due and denied', () => {
  let store: SoftwareKeyStore;
  const tenants = [1, 2].map((n) => `token/00000000-0000-7000-8000-00000000000${n}`) as [string, string];
  beforeEach(async () => {
    store = new SoftwareKeyStore('memory', new MemoryBacking());
    for (const name of tenants) await store.create(name, 'sign');
    const prepare = store.prepare.bind(store);
    store.prepare = (name) => (name === tenants[0] ? denied() : prepare(name));
    jest.useFakeTimers({ now: START + 29.5 * DAY });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  test('BCB-9.keys · is logged, and keeps no replica from starting', async () => {
    const { said } = await open(store, []);
    expect(said).toEqual([
      ['session.rotation_failed', { error: expect.objectContaining({ code: 'key_store_denied' }) }],
    ]);
  });

  test('BCB-9.keys · keeps no other key from its rotation', async () => {
    await open(store, []);
    const keysOf = async (name: string) => (await store.list(name)).length;
    expect([await keysOf(tenants[0]), await keysOf(tenants[1])]).toEqual([1, 2]);
  });
});
