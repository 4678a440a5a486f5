import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { withClient, type Database } from '@countersign/database';
import { startTestDatabase, type TestDatabase } from '@countersign/database/testing';
import { refuse, uuidv7 } from '@countersign/kernel';
import { MemoryBacking, SoftwareKeyStore, TokenSigner, jwksOf, type Jwks } from '@countersign/keys';
import { SettingsError, createLog } from '@countersign/platform';
import { SNAPSHOT_TOKEN, parsePolicy, type TenantSnapshot } from '@countersign/policy';
import { SnapshotStore } from '../src/index.js';
import { TrustedKeys } from '../src/trusted-keys.js';
import { ScriptedControl } from './scripted-control.js';

let server: TestDatabase;
let database: Database;
let folder: string;
let trustFile: string;
let keys: SoftwareKeyStore;
let signer: TokenSigner;
let control: ScriptedControl;
let lines: string[];
const running: SnapshotStore[] = [];

beforeAll(async () => {
  server = await startTestDatabase(['challenge']);
  database = server.open('challenge');
  folder = mkdtempSync(join(tmpdir(), 'snapshots-'));
  trustFile = join(folder, 'trust.json');
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

beforeEach(async () => {
  await withClient(server.adminUrl, (client) => client.query('truncate challenge.snapshot'));
  keys = new SoftwareKeyStore('memory', new MemoryBacking());
  for (const name of ['snapshot', 'other']) await keys.create(name, 'sign');
  signer = new TokenSigner(keys, 'snapshot', { refresh: 0 });
  trust(await jwksOf(keys, 'snapshot'));
  control = new ScriptedControl();
  lines = [];
});
afterEach(async () => {
  for (const store of running.splice(0)) await store.stop();
});

const trust = (jwks: Jwks): void => writeFileSync(trustFile, JSON.stringify(jwks));

async function start(over: Partial<{ database: Pick<Database, 'query'> }> = {}): Promise<SnapshotStore> {
  const log = createLog('info', { write: (line) => void lines.push(line) });
  const store = new SnapshotStore((over.database ?? database) as Database, control, new TrustedKeys(trustFile), log);
  running.push(store);
  await store.start();
  return store;
}

const snapshotOf = (tenant: string, version: number, over: Partial<TenantSnapshot> = {}): TenantSnapshot => ({
  tenant,
  slug: `slug-${tenant}`,
  name: `version ${version}`,
  rpId: 'bank.example',
  version,
  policyVersion: version,
  policy: parsePolicy({}),
  applications: [],
  operators: [],
  ...over,
});

const now = (): number => Math.floor(Date.now() / 1000);
const sign = (snapshot: TenantSnapshot, claims: object = {}, typ: string = SNAPSHOT_TOKEN.typ, by = signer) => {
  const { issuer: iss, audience: aud } = SNAPSHOT_TOKEN;
  return by.sign(typ, { iss, aud, iat: now(), exp: now() + 3_600, snapshot, ...claims });
};

/** Waits until it holds, 10 s at most. */
async function until(condition: () => boolean): Promise<void> {
  const end = Date.now() + 10_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`it did not happen; the log says ${lines.join('')}`);
    await sleep(10);
  }
}
const logged = (event: string): boolean =>
  lines.some((line) => (JSON.parse(line) as { event: string }).event === event);
const heldBy = (store: SnapshotStore, tenant: string): string | undefined => {
  try {
    return store.byTenant(tenant).name;
  } catch {
    return undefined;
  }
};
const settled = (): Promise<void> => until(() => control.answeredAll());

describe('configuration snapshots', () => {
  test('R32 · a signed one is held, and found by tenant, slug and client', async () => {
    const store = await start();
    expect(store.ready()).toBe(false);
    const [tenant, clientId] = [uuidv7(), 'bank-web'];
    const application = { clientId, name: 'web', type: 'web' as const, origins: [], scopes: [] };
    control.publish(await sign(snapshotOf(tenant, 1, { applications: [application] })));
    await until(() => heldBy(store, tenant) !== undefined);
    expect(store.ready()).toBe(true);
    expect(store.bySlug(`slug-${tenant}`).tenant).toBe(tenant);
    expect(store.byClient(clientId)).toMatchObject({ snapshot: { tenant }, application });
    expect([...store.all()].map((each) => each.tenant)).toEqual([tenant]);
    expect(() => store.byTenant(uuidv7())).toThrow(refuse('not_found'));
    expect(() => store.bySlug('other')).toThrow(refuse('not_found'));
    expect(() => store.byClient('other')).toThrow(refuse('client_unknown'));
  });

  test('R32 · what is unsigned, or signed for something else, is refused, and what was held stays', async () => {
    const store = await start();
    const tenant = uuidv7();
    control.publish(await sign(snapshotOf(tenant, 1)));
    const newer = snapshotOf(tenant, 2);
    const [header, , signature] = (await sign(newer)).split('.') as [string, string, string];
    const payload = Buffer.from(JSON.stringify({ snapshot: newer })).toString('base64url');
    const none = Buffer.from(JSON.stringify({ alg: 'none', typ: SNAPSHOT_TOKEN.typ })).toString('base64url');
    const forgeries = [
      'hunter2',
      `${none}.${payload}.`,
      `${header}.${payload}.${signature}`,
      await sign(newer, {}, SNAPSHOT_TOKEN.typ, new TokenSigner(keys, 'other')),
      await sign(newer, { aud: 'someone-else' }),
      await sign(newer, { iss: 'countersign-session' }),
      await sign(newer, { exp: now() - 1, iat: now() - 10 }),
      await sign(newer, {}, 'at+jwt'),
      await sign({ ...newer, surprise: true } as TenantSnapshot),
    ];
    for (const jws of forgeries) control.publish(jws);
    const other = uuidv7();
    control.publish(await sign(snapshotOf(other, 1)));
    await until(() => heldBy(store, other) !== undefined && logged('snapshot.watch_failed'));
    expect(heldBy(store, tenant)).toBe('version 1');
    const refusals = lines.filter((line) => line.includes('snapshot.refused'));
    expect(refusals.length).toBeGreaterThanOrEqual(forgeries.length);
    expect(lines.join()).not.toMatch(/hunter2|surprise/);
  });

  test('R32 · what was refused is asked for again, so that a key that is trusted later is in time', async () => {
    const store = await start();
    const tenant = uuidv7();
    control.publish(await sign(snapshotOf(tenant, 1), {}, SNAPSHOT_TOKEN.typ, new TokenSigner(keys, 'other')));
    await until(() => logged('snapshot.refused'));
    expect(heldBy(store, tenant)).toBeUndefined();
    trust(await jwksOf(keys, 'other'));
    await until(() => heldBy(store, tenant) === 'version 1');
  });

  test('R32 · an older version, or the same again, never replaces what is held', async () => {
    const store = await start();
    const tenant = uuidv7();
    control.publish(await sign(snapshotOf(tenant, 3)));
    control.publish(await sign(snapshotOf(tenant, 2)));
    control.publish(await sign(snapshotOf(tenant, 3, { name: 'another third' })));
    await settled();
    expect(heldBy(store, tenant)).toBe('version 3');
    expect(logged('snapshot.older_refused')).toBe(true);
    control.publish(await sign(snapshotOf(tenant, 4)));
    await until(() => heldBy(store, tenant) === 'version 4');
  });

  test('a newer one takes away what it no longer names', async () => {
    const store = await start();
    const tenant = uuidv7();
    const application = { clientId: 'gone', name: 'web', type: 'web' as const, origins: [], scopes: [] };
    control.publish(await sign(snapshotOf(tenant, 1, { slug: 'before', applications: [application] })));
    control.publish(await sign(snapshotOf(tenant, 2, { slug: 'after' })));
    await until(() => heldBy(store, tenant) === 'version 2');
    expect(() => store.byClient('gone')).toThrow(refuse('client_unknown'));
    expect(() => store.bySlug('before')).toThrow(refuse('not_found'));
    expect(store.bySlug('after').tenant).toBe(tenant);
  });

  test('a slug that moved to another tenant stays with it', async () => {
    const store = await start();
    const [one, two] = [uuidv7(), uuidv7()];
    control.publish(await sign(snapshotOf(one, 1, { slug: 'shared' })));
    control.publish(await sign(snapshotOf(two, 1, { slug: 'shared' })));
    control.publish(await sign(snapshotOf(one, 2, { slug: 'new' })));
    await until(() => heldBy(store, one) === 'version 2');
    expect([store.bySlug('shared').tenant, store.bySlug('new').tenant]).toEqual([two, one]);
  });
});

describe('a start while the control plane is down', () => {
  const TENANT = uuidv7();
  beforeEach(async () => {
    const store = await start();
    control.publish(await sign(snapshotOf(TENANT, 5)));
    await until(() => heldBy(store, TENANT) !== undefined);
    await store.stop();
    control = new ScriptedControl();
    control.down = true;
  });

  test("R32 · is made from the last snapshot in the service's own table", async () => {
    const store = await start();
    expect([store.ready(), heldBy(store, TENANT)]).toEqual([true, 'version 5']);
    await until(() => logged('snapshot.watch_failed'));
    expect(heldBy(store, TENANT)).toBe('version 5');
  });

  test('R32 · follows again, from where it was, when the control plane is back', async () => {
    const store = await start();
    await until(() => logged('snapshot.watch_failed'));
    for (let held = 0; held < 4; held++) control.publish(await sign(snapshotOf(uuidv7(), 1)));
    const other = uuidv7();
    control.publish(await sign(snapshotOf(other, 1)));
    control.down = false;
    await until(() => heldBy(store, other) !== undefined);
    expect(Math.min(...control.asked.map(Number))).toBe(1);
  });

  /** What the next release would sign: a member that this one does not know. */
  const later = (tenant: string, version: number): Promise<string> => {
    const snapshot = snapshotOf(tenant, version);
    return sign({ ...snapshot, policy: { ...snapshot.policy, later: {} } } as TenantSnapshot);
  };

  test('R32 · keeps the last version it understands when a later release signs one it does not, also when it starts again', async () => {
    control.down = false;
    control.publish(await sign(snapshotOf(TENANT, 5)));
    control.publish(await later(TENANT, 6));
    const other = uuidv7();
    control.publish(await sign(snapshotOf(other, 1)));
    const store = await start();
    await until(() => heldBy(store, other) !== undefined && logged('snapshot.refused'));
    expect([store.ready(), heldBy(store, TENANT)]).toEqual([true, 'version 5']);
    expect(heldBy(await start(), TENANT)).toBe('version 5');
    control.publish(await sign(snapshotOf(TENANT, 7)));
    await until(() => heldBy(store, TENANT) === 'version 7');
    expect(heldBy(store, TENANT)).toBe('version 7');
  });

  test('R32 · knows no tenant whose version a later release has put into their table', async () => {
    const jws = await later(TENANT, 6);
    await withClient(server.adminUrl, (client) =>
      client.query('update challenge.snapshot set jws = $1, version = 6 where tenant = $2', [jws, TENANT]),
    );
    const store = await start();
    expect([store.ready(), heldBy(store, TENANT)]).toEqual([false, undefined]);
    expect(logged('snapshot.refused')).toBe(true);
  });

  test('R32 · believes its own table no more than the wire', async () => {
    const forged = await sign(snapshotOf(TENANT, 9), {}, SNAPSHOT_TOKEN.typ, new TokenSigner(keys, 'other'));
    await withClient(server.adminUrl, (client) => client.query('update challenge.snapshot set jws = $1', [forged]));
    const store = await start();
    expect([store.ready(), heldBy(store, TENANT)]).toEqual([false, undefined]);
    expect(logged('snapshot.refused')).toBe(true);
  });

  test('R32 · the table keeps the newest version, whoever writes last', async () => {
    const stale = { name: 'stale', text: 'select snapshot_store($1, $2, $3, $4) as stored' };
    const { rows } = await database.query<{ stored: boolean }>(stale, [TENANT, 4, 99, 'older']);
    expect(rows).toEqual([{ stored: false }]);
    expect(heldBy(await start(), TENANT)).toBe('version 5');
  });
});

describe('keys that sign snapshots', () => {
  test('R32 · after a rotation an unknown kid reads the trust file again, without a restart', async () => {
    const store = await start();
    const tenant = uuidv7();
    control.publish(await sign(snapshotOf(tenant, 1)));
    await until(() => heldBy(store, tenant) === 'version 1');
    await keys.activate((await keys.prepare('snapshot')).id);
    trust(await jwksOf(keys, 'snapshot'));
    control.publish(await sign(snapshotOf(tenant, 2)));
    await until(() => heldBy(store, tenant) === 'version 2');
  });

  test('R32 · a trust file that is being written is waited for: nothing is lost', async () => {
    const store = await start();
    const tenant = uuidv7();
    const { id } = await keys.prepare('snapshot');
    await keys.activate(id);
    writeFileSync(trustFile, '{"keys":[');
    control.publish(await sign(snapshotOf(tenant, 1)));
    await until(() => logged('snapshot.watch_failed'));
    expect(heldBy(store, tenant)).toBeUndefined();
    trust(await jwksOf(keys, 'snapshot'));
    await until(() => heldBy(store, tenant) === 'version 1');
  });

  test('BCB-9.keys · a key that was taken out of the file is believed no longer, and one of the same name with another half is', async () => {
    trust(await jwksOf(keys, 'snapshot'));
    const trusted = new TrustedKeys(trustFile);
    const { keys: published } = await jwksOf(keys, 'snapshot');
    const { kid } = published[0]!;
    const before = trusted.key(kid)!;
    const other = new SoftwareKeyStore('memory', new MemoryBacking());
    const stranger = await other.publicKey((await other.create('snapshot', 'sign')).id);
    trust({ keys: [{ ...stranger, kid }] });
    expect(trusted.key(kid)!.equals(before)).toBe(false);
    trust({ keys: [stranger] });
    expect(trusted.key(stranger.kid)).toBeDefined();
    if (kid !== stranger.kid) expect(trusted.key(kid)).toBeUndefined();
  });

  test.each(['', 'no JSON', '{}', '{"keys":[{"kid":"a","kty":"EC","crv":"P-256","x":"AA","y":"AA"}]}'])(
    'R25 · a trust file that is none, %j, stops the start and names its setting',
    (text) => {
      writeFileSync(trustFile, text);
      expect(() => new TrustedKeys(trustFile)).toThrow(SettingsError);
      expect(() => new TrustedKeys(trustFile)).toThrow(/^COUNTERSIGN_SNAPSHOT_KEYS_FILE: /);
    },
  );
});

describe('a database that fails while a snapshot is stored', () => {
  test('R32 · loses nothing: the snapshot is asked for again', async () => {
    let failing = true;
    const query: Database['query'] = (statement, values) =>
      failing && statement.name === 'snapshot_store'
        ? Promise.reject(refuse('unavailable'))
        : database.query(statement, values);
    const store = await start({ database: { query } });
    const tenant = uuidv7();
    control.publish(await sign(snapshotOf(tenant, 1)));
    await until(() => logged('snapshot.watch_failed'));
    failing = false;
    await until(() => heldBy(store, tenant) === 'version 1');
  });
});
