import { beforeEach, describe, expect, test } from '@jest/globals';
import { withClient } from '@countersign/database';
import { uuidv7 } from '@countersign/kernel';
import { TokenSigner } from '@countersign/keys';
import { SNAPSHOT_TOKEN, type TenantSnapshot } from '@countersign/policy';
import {
  control,
  database,
  heldBy,
  keys,
  logged,
  replaceControl,
  server,
  sign,
  snapshotOf,
  start,
  until,
  withSnapshots,
} from './snapshots.js';

withSnapshots();

describe('a start while the control plane is down', () => {
  const TENANT = uuidv7();
  beforeEach(async () => {
    const store = await start();
    control.publish(await sign(snapshotOf(TENANT, 5)));
    await until(() => heldBy(store, TENANT) !== undefined);
    await store.stop();
    replaceControl();
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
