import { withClient } from '@countersign/database';
import { startAdminServer } from '@countersign/platform';
import { expect, test } from '@jest/globals';
import { House } from './fakes/house.js';

test('CARD-8.helm · no probe looks at the database: an outage takes no replica out of the load and restarts none', async () => {
  const house = await House.open();
  const { adminUrl } = house.installation.database;
  const role = new URL(house.installation.database.url('gateway')).username;
  const admin = await startAdminServer('127.0.0.1:0', house.gateway.health, house.gateway.metrics);
  await withClient(adminUrl, async (client) => {
    await client.query(`alter role "${role}" nologin`);
    await client.query('select pg_terminate_backend(pid) from pg_stat_activity where usename = $1', [role]);
  });
  const answers = [];
  for (const path of ['/healthz', '/readyz']) {
    answers.push((await house.send(path)).status);
    answers.push((await fetch(`http://127.0.0.1:${admin.port}${path}`)).status);
  }
  await withClient(adminUrl, (client) => client.query(`alter role "${role}" login`));
  expect(answers).toEqual([200, 200, 200, 200]);
  await admin.close();
  await house.stop();
});
