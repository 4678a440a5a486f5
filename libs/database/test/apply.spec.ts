import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { applyDatabase, migrate, schemaState, urlFor, withClient } from '../src/index.js';
import { startTestDatabase, type TestDatabase } from '../src/testing.js';

const place = mkdtempSync(join(tmpdir(), 'countersign-apply-'));
const FIRST = '20261101000000_notes';
const services = [{ name: 'leaflets', password: 'a-password-of-leaflets', relayPassword: 'a-password-of-relay' }];
let db: TestDatabase;
let made = 0;

beforeAll(async () => {
  db = await startTestDatabase([]);
});
afterAll(async () => {
  await db.stop();
  rmSync(place, { recursive: true });
});

const ask = <T extends pg.QueryResultRow>(url: string, sql: string): Promise<T[]> =>
  withClient(url, async (client) => (await client.query<T>(sql)).rows);

/** The fixture's folder for the schema `leaflets`, with more migrations. */
function folder(more: Record<string, string> = {}): string {
  const path = mkdtempSync(join(place, 'folder-'));
  mkdirSync(join(path, FIRST));
  writeFileSync(join(path, FIRST, 'migration.sql'), 'create table leaflet (id int primary key)');
  for (const [name, sql] of Object.entries(more)) {
    mkdirSync(join(path, name));
    writeFileSync(join(path, name, 'migration.sql'), sql);
  }
  return path;
}

/** Another server's worth of nothing: a database that is not there yet, gone after the work. */
async function inNewDatabase(work: (adminUrl: string, database: string) => Promise<void>): Promise<void> {
  const database = `${db.name}_${++made}`;
  try {
    await work(urlFor(db.adminUrl, database), database);
  } finally {
    await ask(urlFor(db.adminUrl, 'postgres'), `drop database if exists ${database} with (force)`);
  }
}

const apply = (adminUrl: string, database: string, migrationsDir: string, note = (_: string): void => undefined) =>
  applyDatabase({ adminUrl, database, services, schemas: [{ schema: 'leaflets', migrationsDir }], note });

const app = (adminUrl: string, database: string): string =>
  urlFor(adminUrl, database, { user: 'cs_leaflets', password: 'a-password-of-leaflets' });

describe('a database is brought up', () => {
  test('CARD-5.helm · from nothing, and again: what is there stays, and the application role sees how it stands', async () => {
    await inNewDatabase(async (adminUrl, database) => {
      const migrationsDir = folder();
      expect(await apply(adminUrl, database, migrationsDir)).toEqual([
        { schema: 'leaflets', applied: [FIRST], ahead: [] },
      ]);
      const url = app(adminUrl, database);
      expect(await schemaState({ url, schema: 'leaflets', migrationsDir })).toEqual({ pending: [], ahead: [] });
      await expect(ask(url, 'select logs from _prisma_migrations')).rejects.toMatchObject({ code: '42501' });
      await expect(ask(url, 'delete from _prisma_migrations')).rejects.toMatchObject({ code: '42501' });
      expect(await apply(adminUrl, database, migrationsDir)).toEqual([{ schema: 'leaflets', applied: [], ahead: [] }]);
    });
  });

  test('CARD-5.helm · by two that start together: one waits, says so, and finds nothing left to do', async () => {
    await inNewDatabase(async (adminUrl, database) => {
      const lines: string[] = [];
      const slow = folder({ '20261102000000_slow': 'select pg_sleep(1); create table slow (x int)' });
      const both = await Promise.all([1, 2].map(() => apply(adminUrl, database, slow, (line) => lines.push(line))));
      expect(both.map(([done]) => done!.applied.length).sort()).toEqual([0, 2]);
      expect(lines).toContain('another run works on this database: waiting for it to end');
    });
  });

  test("the limits that a server sets for others' work end neither who holds the lock nor who waits for it", async () => {
    await inNewDatabase(async (adminUrl, database) => {
      const slow = folder({ '20261102000000_slow': 'set local statement_timeout = 0; select pg_sleep(4)' });
      await ask(urlFor(adminUrl, 'postgres'), `create database ${database}`);
      // They hold for every other connection, too: shorter ones would end some that a busy machine lets wait.
      for (const limit of ['statement_timeout', 'lock_timeout', 'idle_session_timeout'])
        await ask(adminUrl, `alter database ${database} set ${limit} = '3s'`);
      const both = await Promise.all([1, 2].map(() => apply(adminUrl, database, slow)));
      expect(both.map(([done]) => done!.applied.length).sort()).toEqual([0, 2]);
    });
  });

  test('a second installation on the same server is refused before it sets the passwords of the first', async () => {
    await inNewDatabase(async (adminUrl, database) => {
      await apply(adminUrl, database, folder());
      await inNewDatabase(async (otherUrl, other) => {
        await expect(apply(otherUrl, other, folder())).rejects.toThrow(
          `holds an installation already, in the database ${database}`,
        );
      });
    });
  });
});

describe('CARD-5.helm · a migration that fails', () => {
  const NEXT = '20261102000000_next';

  test('stops with its name and reason, leaves the old schema usable, and applies once it is corrected', async () => {
    await inNewDatabase(async (adminUrl, database) => {
      await apply(adminUrl, database, folder());
      const broken = folder({ [NEXT]: 'alter table leaflet add column colour text; select 1/0' });
      await expect(apply(adminUrl, database, broken)).rejects.toThrow(
        `migration ${NEXT} failed and left nothing behind`,
      );
      expect(await ask(adminUrl, `select * from leaflets.leaflet`)).toEqual([]);
      const [old] = [await schemaState({ url: app(adminUrl, database), schema: 'leaflets', migrationsDir: folder() })];
      expect(old).toEqual({ pending: [], ahead: [] });
      const corrected = folder({ [NEXT]: 'alter table leaflet add column colour text' });
      expect(await apply(adminUrl, database, corrected)).toMatchObject([{ applied: [NEXT] }]);
    });
  });

  test('because a table is in use gives up within seconds, and those who wait behind it go on', async () => {
    await inNewDatabase(async (adminUrl, database) => {
      await apply(adminUrl, database, folder());
      const busy = new pg.Client({ connectionString: adminUrl });
      await busy.connect();
      try {
        await busy.query('begin; select * from leaflets.leaflet');
        const next = folder({ [NEXT]: 'alter table leaflet add column colour text' });
        await expect(apply(adminUrl, database, next)).rejects.toThrow(/lock timeout/);
        await busy.query('commit');
        expect(await apply(adminUrl, database, next)).toMatchObject([{ applied: [NEXT] }]);
      } finally {
        await busy.end();
      }
    });
  });

  test('because its process was killed runs again: what it left says that it began, and nothing else', async () => {
    await inNewDatabase(async (adminUrl, database) => {
      await apply(adminUrl, database, folder());
      await ask(
        adminUrl,
        `insert into leaflets._prisma_migrations (id, checksum, migration_name, started_at, applied_steps_count)
         values ('${randomUUID()}', 'of what was killed', '${NEXT}', now(), 0)`,
      );
      const next = folder({ [NEXT]: 'create table next (x int)' });
      expect(await apply(adminUrl, database, next)).toMatchObject([{ applied: [NEXT] }]);
    });
  });

  test('its record stands in the transaction of the script', async () => {
    await inNewDatabase(async (adminUrl, database) => {
      await apply(adminUrl, database, folder());
      const seen = folder({
        [NEXT]: `create table seen (x int);
          create function look() returns trigger language plpgsql as $$ begin
            if new.finished_at is not null then insert into seen values (txid_current()); end if; return new;
          end $$;
          insert into seen values (txid_current());
          create trigger look before update on _prisma_migrations for each row execute function look(); -- no end of line`,
      });
      await apply(adminUrl, database, seen);
      const rows = await ask<{ x: number; n: number }>(
        adminUrl,
        'select x, count(*)::int as n from leaflets.seen group by x order by n desc',
      );
      expect(rows[0]!.n).toBe(2);
    });
  });
});

describe('CARD-5.helm · an older version meets', () => {
  const LATER = '20261103000000_later';
  const state = (adminUrl: string, migrationsDir: string) =>
    schemaState({ url: adminUrl, schema: 'leaflets', migrationsDir });

  test('migrations later than all of its own: accepted and told, and nothing is changed', async () => {
    await inNewDatabase(async (adminUrl, database) => {
      await apply(adminUrl, database, folder({ [LATER]: 'create table later (x int)' }));
      const lines: string[] = [];
      const old = folder();
      expect(await apply(adminUrl, database, old, (line) => lines.push(line))).toEqual([
        { schema: 'leaflets', applied: [], ahead: [LATER] },
      ]);
      expect(lines).toContain(`leaflets: the schema is 1 migration ahead of this version, up to ${LATER}`);
      expect(await state(adminUrl, old)).toEqual({ pending: [], ahead: [LATER] });
      expect(await migrate({ url: adminUrl, schema: 'leaflets', migrationsDir: old })).toMatchObject({ applied: [] });
    });
  });

  test.each([
    [
      'a migration between its own',
      { '20261104000000_own': 'select 1' },
      /20261103000000_later .* is not in the folder/,
    ],
    [
      'a migration of the same moment',
      { '20261103000000_own': 'select 1' },
      /20261103000000_later .* is not in the folder/,
    ],
    [
      'a later one while one of its own is missing',
      { '20261102000000_own': 'select 1' },
      /20261102000000_own .* is not applied/,
    ],
  ])('%s: refused', async (_, own, problem) => {
    await inNewDatabase(async (adminUrl, database) => {
      await apply(adminUrl, database, folder({ [LATER]: 'create table later (x int)' }));
      await expect(state(adminUrl, folder(own))).rejects.toThrow(problem);
      await expect(apply(adminUrl, database, folder(own))).rejects.toThrow(problem);
    });
  });
});
