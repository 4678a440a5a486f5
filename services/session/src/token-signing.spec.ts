import { expect, test } from '@jest/globals';
import { refuse } from '@countersign/kernel';
import { MemoryBacking, SoftwareKeyStore } from '@countersign/keys';
import type { LogFields } from '@countersign/platform';
import { openTokenKeys } from './token-signing.js';

test('BCB-9.keys · a disabled key that its store does not let anybody disable is logged, and keeps no replica from starting', async () => {
  const store = new SoftwareKeyStore('memory', new MemoryBacking());
  await store.create('caller', 'sign');
  store.disable = () => Promise.reject(refuse('key_store_denied'));
  const said: [string, LogFields?][] = [];
  const log = { error: (...line: [string, LogFields?]) => void said.push(line) };
  const runtime = { settings: { tokenSigning: 'direct', tokenIssuerLife: 3_600 }, metrics: {}, log } as never;
  const database = { query: async () => ({ rows: [{ key: 'memory:caller/1' }] }) };
  const base = { database, snapshots: new Map(), every: (_ms: number, work: () => Promise<void>) => work() } as never;

  const { disabled } = await openTokenKeys(runtime, base, store);
  expect(disabled.has('memory:caller/1')).toBe(true);
  expect(said).toEqual([
    ['session.key_store_not_told', { error: expect.objectContaining({ code: 'key_store_denied' }) }],
  ]);
});
