import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { embeddedAdminUrl, urlFor, withClient } from '@countersign/database';
import { PLATFORM_TENANT } from '@countersign/kernel';
import { openDataDir } from '../src/data-dir.js';
import { DATABASE, type Installation } from '../src/installation.js';
import { countersign, dataDir, importPasskey, json, remove, start } from './cli-installation.js';

afterAll(remove);

interface KeyEvent {
  type: string;
  tenant: string;
  outcome: string;
  request: string;
  facts: Record<string, string>;
}

/** What commands about keys left in the outbox of tenant, in order. */
async function keyEvents(): Promise<KeyEvent[]> {
  const url = urlFor(embeddedAdminUrl(openDataDir(dataDir).postgres)!, DATABASE);
  const { rows } = await withClient(url, (client) =>
    client.query<{ leaf: Buffer }>(`select leaf from tenant.outbox where type like 'key.%' order by event_id`),
  );
  return rows.map(({ leaf }) => JSON.parse(leaf.toString('utf8')) as KeyEvent);
}

describe('the command line beside a running installation', () => {
  let running: Installation;
  beforeAll(async () => {
    running = await start();
    await json('tenant', 'create', 'bank', '--name', 'A bank', '--rp-id', 'bank.example');
    await importPasskey();
  }, 120_000);
  afterAll(() => running.stop(), 60_000);

  test('BCB-9.keys · after a rotation of kek everything is wrapped anew, and a leaked key is replaced and disabled by one command', async () => {
    await json('key', 'rotate', 'kek', '--store', 'sealing');
    await json('key', 'rotate', 'kek', '--store', 'sealing', '--activate');
    const { lookedAt, rewrapped } = await json<{ lookedAt: number; rewrapped: number }>('key', 'rewrap');
    expect([rewrapped, rewrapped]).toEqual([lookedAt, expect.any(Number)]);
    expect(rewrapped).toBeGreaterThan(1);
    expect(await json('key', 'rewrap')).toEqual({ lookedAt, rewrapped: 0 });
    const wraps = await countersign('key', 'disable', 'file:kek/1', '--store', 'sealing', '--yes');
    expect(wraps.err[0]).toContain('wraps other keys');
    const old = ['key', 'disable', 'file:kek/1', '--store', 'sealing', '--wrapping', '--yes'];
    expect(await json(...old)).toMatchObject({ active: 'file:kek/2' });
    expect(await json('key', 'rewrap')).toEqual({ lookedAt, rewrapped: 0 });
    const caller = await json('key', 'disable', 'file:caller/1', '--yes');
    expect(caller).toEqual({ store: 'session', disabled: 'file:caller/1', active: 'file:caller/2' });
    expect((await countersign('key', 'disable', 'file:caller/1')).err[0]).toContain('say --yes');
    expect((await countersign('key', 'disable', 'file:nothing/1', '--yes')).err[0]).toContain('no key has the id');
    const twice = await json('key', 'disable', 'file:caller/1', '--store', 'session', '--yes');
    expect(twice).toEqual(caller);
    const used = ['key', 'disable', 'file:kek/2', '--store', 'sealing', '--wrapping', '--yes'];
    expect((await countersign(...used)).err[0]).toContain('key rotate kek --store sealing');
    expect((await countersign('key', 'list', '--store', 'attic')).err[0]).toContain('there is no store attic');
    expect((await countersign('key', 'rewrap', '--tenant', 'nobody')).err[0]).toContain('tenant_unknown');
  }, 60_000);

  test('BCB-9.keys · each command about keys stands in the log before and after it, with the key, its driver and the store', async () => {
    const events = await keyEvents();
    const ends = events.filter(({ type }) => type !== 'key.change_begun');
    expect(new Set(ends.map(({ type }) => type))).toEqual(
      new Set(['key.prepared', 'key.activated', 'key.disabled', 'key.rewrapped']),
    );
    for (const end of ends) {
      const begun = events.filter(({ type, request }) => type === 'key.change_begun' && request === end.request);
      expect(begun).toHaveLength(1);
      expect(begun[0]!.facts).toMatchObject({ driver: 'file', store: end.facts.store, by: 'cli' });
    }
    expect(ends.find(({ type }) => type === 'key.disabled')).toMatchObject({
      tenant: PLATFORM_TENANT,
      outcome: 'success',
      facts: { key: 'file:kek/1', store: 'sealing', successor: 'file:kek/2' },
    });
  });

  test('BCB-9.keys · with the key store away a command says which one, and the log says that nothing was done', async () => {
    const file = join(dataDir, 'keys', 'session.json');
    const before = readFileSync(file);
    const count = (await keyEvents()).length;
    chmodSync(file, 0o644);
    const { code, err } = await countersign('key', 'rotate', 'caller');
    expect([code, err[0]]).toEqual([1, expect.stringContaining('COUNTERSIGN_KEYS_FILE')]);
    expect((await countersign('key', 'list', '--store', 'tenant')).code).toBe(0);
    chmodSync(file, 0o600);
    expect(readFileSync(file)).toEqual(before);
    expect((await keyEvents()).length).toBe(count);
  }, 60_000);

  test('BCB-9.keys · the only version of the key of snapshots is disabled: it has a successor, and everything is signed again', async () => {
    const only = ['key', 'disable', 'file:snapshot/1', '--yes'];
    expect(await json(...only)).toMatchObject({ active: 'file:snapshot/2' });
    const published = readFileSync(join(dataDir, 'trust', 'snapshot-keys.json'), 'utf8');
    const { keys } = JSON.parse(published) as { keys: { kid: string }[] };
    expect(keys.map(({ kid }) => kid)).toEqual(['file:snapshot/2']);
    const signers = await withClient(running.adminUrl, async (client) => {
      return (await client.query<{ key_id: string }>('select distinct key_id from tenant.signed_snapshot')).rows;
    });
    expect(signers).toEqual([{ key_id: 'file:snapshot/2' }]);
    expect(await json('key', 'publish')).toEqual({ files: [join(dataDir, 'trust', 'snapshot-keys.json')] });
  }, 60_000);

  test('rotates the key of snapshots in two steps and signs them again', async () => {
    const early = await countersign('key', 'rotate', 'kek', '--activate');
    expect([early.code, early.err[0]]).toEqual([
      1,
      expect.stringMatching(/no version of kek waits; run the first step/),
    ]);
    expect((await countersign('key', 'rotate', 'snapshot')).out[0]).toBe(
      'file:snapshot/3 is published and not used yet',
    );
    const { key, signed } = await json<{ key: { id: string }; signed: number }>(
      'key',
      'rotate',
      'snapshot',
      '--activate',
    );
    expect([key.id, signed]).toEqual(['file:snapshot/3', 2]);
    const { keys } = await json<{ keys: { name: string; version: number; state: string }[] }>('key', 'list');
    const states = keys.filter(({ name }) => name === 'snapshot').map(({ version, state }) => [version, state]);
    expect(states).toEqual([
      [1, 'disabled'],
      [2, 'retiring'],
      [3, 'active'],
    ]);
    expect((await countersign('key', 'rotate', 'nothing')).err[0]).toContain('no key is named nothing');
  }, 60_000);
});
