import { describe, expect, test } from '@jest/globals';
import type { Database } from '@countersign/database';
import { refuse, uuidv7 } from '@countersign/kernel';
import { TokenSigner, jwksOf } from '@countersign/keys';
import { SNAPSHOT_TOKEN, type TenantSnapshot } from '@countersign/policy';
import {
  control,
  database,
  heldBy,
  keys,
  lines,
  logged,
  now,
  settled,
  sign,
  snapshotOf,
  start,
  trust,
  until,
  withSnapshots,
} from './snapshots.js';

withSnapshots();

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
