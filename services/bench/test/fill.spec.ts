import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { SERVICES } from '@countersign/contracts';
import { withClient } from '@countersign/database';
import { startTestDatabase, type TestDatabase } from '@countersign/database/testing';
import { fillPeople } from '../src/population/fill.js';

const TENANTS = ['bench-0', 'bench-1', 'bench-2', 'other'];

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase([...SERVICES]);
  await withClient(database.adminUrl, async (client) => {
    for (const slug of TENANTS)
      await client.query(
        `with made as (insert into tenant.tenant (tenant, slug, name, rp_id, policy_version)
                       values (gen_random_uuid(), $1, $1, 'localhost', 1) returning tenant)
         insert into tenant.policy_version (tenant, version, document) select tenant, 1, '{}' from made`,
        [slug],
      );
    await fillPeople(database.adminUrl, 301, 'bench-%', () => undefined);
  });
});
afterAll(() => database.stop());

const rows = <T extends object>(sql: string): Promise<T[]> =>
  withClient(database.adminUrl, async (client) => (await client.query<T>(sql)).rows);

test('R21 · people are spread evenly over the tenants that were meant', async () => {
  const perTenant = await rows<{ slug: string; people: number }>(
    `select slug, count(*)::int as people from enrollment.subject join tenant.tenant using (tenant) group by slug order by slug`,
  );
  expect(perTenant).toEqual([
    { slug: 'bench-0', people: 101 },
    { slug: 'bench-1', people: 100 },
    { slug: 'bench-2', people: 100 },
  ]);
});

test('R19 · each has one passkey, one device that was seen, one late sign-in and one session', async () => {
  const [counts] = await rows(
    `select count(*)::int as people, count(distinct c.id)::int as passkeys, count(distinct k.credential)::int as devices,
            count(distinct r.subject)::int as late, count(distinct e.id)::int as sessions
       from enrollment.subject s
       join enrollment.credential c on (c.tenant, c.subject) = (s.tenant, s.id)
       join risk.sighting k on (k.tenant, k.subject, k.credential) = (s.tenant, s.pseudonym, c.id)
       join risk.recent r on (r.tenant, r.subject) = (s.tenant, s.pseudonym)
       join session.session e on (e.tenant, e.subject, e.credential) = (s.tenant, s.id, c.id)`,
  );
  expect(counts).toEqual({ people: 301, passkeys: 301, devices: 301, late: 301, sessions: 301 });
});
