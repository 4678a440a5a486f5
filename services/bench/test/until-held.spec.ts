import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { SERVICES } from '@countersign/contracts';
import { withClient } from '@countersign/database';
import { startTestDatabase, type TestDatabase } from '@countersign/database/testing';
import { untilHeld } from '../src/ours/until-held.js';

const TENANT = '0192f0c1-2345-7000-8000-000000000001';
const FOLLOWERS = SERVICES.filter((service) => service !== 'tenant');

let database: TestDatabase;
beforeAll(async () => (database = await startTestDatabase([...SERVICES])));
afterAll(() => database.stop());

const run = (sql: string): Promise<unknown> => withClient(database.adminUrl, (client) => client.query(sql));
const hold = (service: string): Promise<unknown> =>
  run(`insert into ${service}.snapshot (tenant, version, sequence, jws) values ('${TENANT}', 1, 7, '')`);

test('a tenant is waited for until the last service holds it', async () => {
  await untilHeld(database.adminUrl);
  await run(`set session_replication_role = replica;
    insert into tenant.signed_snapshot (tenant, version, sequence, key_id, jws) values ('${TENANT}', 1, 7, 'k', '')`);
  const [last, ...others] = FOLLOWERS;
  for (const service of others) await hold(service);
  let held = false;
  const waiting = untilHeld(database.adminUrl).then(() => (held = true));
  await sleep(100);
  expect(held).toBe(false);
  await hold(last!);
  expect(await waiting).toBe(true);
});
