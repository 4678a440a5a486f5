import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type pg from 'pg';
import { createDatabase, migrate, provisionDatabase, urlFor, withClient } from '../src/index.js';
import { startTestDatabase, type TestDatabase } from '../src/testing.js';

const fixture = join(dirname(fileURLToPath(import.meta.url)), 'fixture/prisma/migrations');
const place = mkdtempSync(join(tmpdir(), 'countersign-migrations-'));
let db: TestDatabase;
let server: string;

beforeAll(async () => {
  db = await startTestDatabase(['notes', 'other'], { migrations: { notes: fixture } });
  server = urlFor(db.adminUrl, 'postgres');
});
afterAll(async () => {
  await db.stop();
  rmSync(place, { recursive: true });
});

const ask = <T extends pg.QueryResultRow>(url: string, sql: string): Promise<T[]> =>
  withClient(url, async (client) => (await client.query<T>(sql)).rows);

/** The fixture's folder with one more migration. */
function withMigration(name: string, sql: string): string {
  const folder = mkdtempSync(join(place, 'folder-'));
  cpSync(fixture, folder, { recursive: true });
  mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, name, 'migration.sql'), sql);
  return folder;
}

const url = () => db.adminUrl;

describe('provisioning', () => {
  test('the application role owns nothing, has no special right, and cannot create', async () => {
    const [role] = await ask(
      url(),
      `select rolsuper, rolbypassrls, rolcreatedb, rolcreaterole from pg_roles where rolname = 'cs_notes'`,
    );
    expect(role).toEqual({ rolsuper: false, rolbypassrls: false, rolcreatedb: false, rolcreaterole: false });
    expect(await ask(url(), `select relname from pg_class where relowner = 'cs_notes'::regrole`)).toEqual([]);
    await expect(ask(db.url('notes'), 'create table mine (x int)')).rejects.toMatchObject({ code: '42501' });
    await expect(ask(db.url('notes'), 'create temp table mine (x int)')).rejects.toMatchObject({ code: '42501' });
  });

  test("a service cannot read another's schema, and a stranger to the database cannot connect", async () => {
    await expect(ask(db.url('other'), 'select 1 from notes.note')).rejects.toMatchObject({ code: '42501' });
    await expect(ask(db.url('other'), `select notes.note_add(gen_random_uuid(), '')`)).rejects.toMatchObject({
      code: '42501',
    });
    const { adminUrl } = await provisionDatabase(server, { database: `${db.name}_b`, services: [] });
    const [password, user] = [new URL(db.url('notes')).password, 'cs_notes'];
    await expect(ask(urlFor(adminUrl, `${db.name}_b`, { user, password }), 'select 1')).rejects.toMatchObject({
      code: '42501',
    });
    await ask(server, `drop database ${db.name}_b`);
  });

  test('repeating it sets the given passwords and leaves the data', async () => {
    const services = [{ name: 'repeated', password: 'a first password', relayPassword: 'a relay password' }];
    await expect(provisionDatabase(server, { database: db.name, services })).rejects.toThrow(/printable ASCII/);
    services[0] = { name: 'repeated', password: 'a-first-password', relayPassword: 'a-relay-password' };
    await provisionDatabase(server, { database: db.name, services });
    services[0] = { ...services[0], password: 'a-second-password' };
    const { services: again } = await provisionDatabase(server, { database: db.name, services });
    expect(await ask(again['repeated']!.url, 'show search_path')).toEqual([{ search_path: 'repeated' }]);
    await expect(ask(again['repeated']!.url.replace('second', 'first'), 'select 1')).rejects.toMatchObject({
      code: '28P01',
    });
  });

  test('an administrator who is no superuser can provision and migrate', async () => {
    await ask(server, `create role landlord login createdb createrole password 'a-landlord-password'`);
    const landlord = urlFor(server, 'postgres', { user: 'landlord', password: 'a-landlord-password' });
    const services = [{ name: 'rented', password: 'a-rented-password', relayPassword: 'a-relay-password' }];
    await ask(server, 'grant cs_bus_owner, cs_bus_publisher, cs_bus_consumer to landlord with admin option');
    const { adminUrl } = await provisionDatabase(landlord, { database: `${db.name}_rented`, services });
    const folder = join(mkdtempSync(join(place, 'rented-')));
    mkdirSync(join(folder, '20261101000000_home'));
    writeFileSync(join(folder, '20261101000000_home/migration.sql'), 'create table room (x int)');
    await migrate({ url: adminUrl, schema: 'rented', migrationsDir: folder });
    expect(await ask(adminUrl, `select tableowner from pg_tables where tablename = 'room'`)).toEqual([
      { tableowner: 'cs_rented_owner' },
    ]);
    await ask(server, `drop database ${db.name}_rented`);
  });
});

describe('migrations', () => {
  test('the owner role owns what they create, and Prisma finds its own record', async () => {
    const [owner] = await ask(
      url(),
      `select tableowner from pg_tables where schemaname = 'notes' and tablename = 'note'`,
    );
    expect(owner).toEqual({ tableowner: 'cs_notes_owner' });
    const applied = await ask(url(), 'select migration_name, applied_steps_count from notes._prisma_migrations');
    expect(applied).toEqual([{ migration_name: '20261101000000_notes', applied_steps_count: 1 }]);
  });

  test('a second run applies nothing; a new migration is applied once by two that start together', async () => {
    expect(await migrate({ url: url(), schema: 'notes', migrationsDir: fixture })).toEqual({ applied: [], ahead: [] });
    const migrationsDir = withMigration('20261102000000_more', 'alter table note add column colour text');
    const both = await Promise.all([1, 2].map(() => migrate({ url: url(), schema: 'notes', migrationsDir })));
    expect(both.flatMap(({ applied }) => applied)).toEqual(['20261102000000_more']);
    await ask(url(), `alter table notes.note drop column colour`);
    await ask(url(), `delete from notes._prisma_migrations where migration_name = '20261102000000_more'`);
  });

  test('a script that fails leaves nothing behind, says why, and runs once it is corrected', async () => {
    const name = '20261103000000_half';
    const broken = withMigration(name, 'create table half (x int); select 1/0;');
    await expect(migrate({ url: url(), schema: 'notes', migrationsDir: broken })).rejects.toThrow(
      `migration ${name} failed and left nothing behind: division by zero`,
    );
    expect(await ask(url(), `select to_regclass('notes.half') as half`)).toEqual([{ half: null }]);
    const corrected = withMigration(name, 'create table half (x int)');
    expect(await migrate({ url: url(), schema: 'notes', migrationsDir: corrected })).toMatchObject({ applied: [name] });
    await ask(url(), `drop table notes.half; delete from notes._prisma_migrations where migration_name = '${name}'`);
  });

  test('an edited migration is refused', async () => {
    const edited = withMigration('20261101000000_notes', 'create table note (x int)');
    await expect(migrate({ url: url(), schema: 'notes', migrationsDir: edited })).rejects.toThrow(
      /edited after it was applied/,
    );
  });
});

test('a server that cannot be reached is `unavailable`, and its address stays inside', async () => {
  const gone = createDatabase({ url: 'postgres://cs_notes:x@127.0.0.1:1/none', schema: 'notes' });
  const attempt = gone.query({ name: 'one', text: 'select 1' });
  await expect(attempt).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.not.stringContaining('127.0.0.1'),
  });
  await gone.close();
});
