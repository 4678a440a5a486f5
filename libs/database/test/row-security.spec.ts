import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { uuidv7 } from '@countersign/kernel';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { checkRowSecurity } from '../src/index.js';
import { startTestDatabase, type TestDatabase } from '../src/testing.js';

const fixture = join(dirname(fileURLToPath(import.meta.url)), 'fixture/prisma/migrations');
const known = { 'notes.note': 'tenant' } as const;
let db: TestDatabase;
let admin: pg.Client;
let bus: Record<string, 'closed'>;

beforeAll(async () => {
  db = await startTestDatabase(['notes'], { migrations: { notes: fixture } });
  admin = new pg.Client({ connectionString: db.adminUrl });
  await admin.connect();
  const { rows } = await admin.query<{ name: string }>(
    `select 'bus.' || c.relname as name from pg_class c where relnamespace = 'bus'::regnamespace
        and relkind in ('r', 'p') and not relispartition and relname <> '_prisma_migrations'`,
  );
  bus = Object.fromEntries(rows.map(({ name }) => [name, 'closed']));
});
afterAll(async () => {
  await admin.end();
  await db.stop();
});

/** What the walk finds once this was done to the database; the next test starts from the healthy one again. */
async function findingsAfter(harm: string, cure: string): Promise<string[]> {
  await admin.query(harm);
  const { findings } = await checkRowSecurity(db.adminUrl, db.name, { ...known, ...bus });
  await admin.query(cure);
  return findings;
}

test('BCB-16.rows · a healthy database has no findings, and says which tables had no rows', async () => {
  expect(await checkRowSecurity(db.adminUrl, db.name, { ...known, ...bus })).toEqual({
    findings: [],
    withoutRows: ['notes.note'],
  });
  const notes = db.open('notes', 1);
  const add = { name: 'note_add', text: 'select note_add($1, $2)' };
  for (const text of ['a', 'b']) await notes.query(add, [uuidv7(), text]);
  expect(await checkRowSecurity(db.adminUrl, db.name, { ...known, ...bus })).toEqual({ findings: [], withoutRows: [] });
});

test.each([
  ['a table nobody knows', 'create table notes.new (x int)', 'drop table notes.new', 'notes.new is not known'],
  [
    'row-level security not forced',
    'alter table notes.note no force row level security',
    'alter table notes.note force row level security',
    'notes.note does not force',
  ],
  [
    'a policy open to everyone',
    'create policy open on notes.note using (true)',
    'drop policy open on notes.note',
    'notes.note shows rows to a caller without a tenant',
  ],
  [
    'a tenant that may be null',
    'alter table notes.note alter tenant drop not null',
    'alter table notes.note alter tenant set not null',
    'notes.note has no column "tenant uuid not null"',
  ],
  [
    'a way to the record of migrations',
    'grant select on notes._prisma_migrations to cs_notes',
    'revoke select on notes._prisma_migrations from cs_notes',
    'notes._prisma_migrations must give the application role no right',
  ],
])('BCB-16.rows · %s is found', async (_, harm, cure, finding) => {
  expect(await findingsAfter(harm, cure)).toContainEqual(expect.stringContaining(finding));
});

test('BCB-16.rows · a partition that the application may read past its parent is found', async () => {
  const harm = `create table notes.day (tenant uuid not null) partition by list (tenant);
    create table notes.day_one partition of notes.day default;
    alter table notes.day enable row level security; alter table notes.day force row level security;
    grant select on notes.day_one to cs_notes`;
  expect(await findingsAfter(harm, 'drop table notes.day')).toContain(
    'notes.day_one must give the application role no right',
  );
});

test('a table that is known and missing is found', async () => {
  const { findings } = await checkRowSecurity(db.adminUrl, db.name, { ...known, ...bus, 'notes.gone': 'tenant' });
  expect(findings).toEqual(['notes.gone is known but does not exist']);
});
