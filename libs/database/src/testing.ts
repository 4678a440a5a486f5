import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type pg from 'pg';
import { createDatabase, type Database } from './database.js';
import { migrate } from './migrate.js';
import { readMigrations } from './migration-folder.js';
import { provisionDatabase, withClient, type ProvisionedDatabase } from './provision.js';
import { BUS, urlFor } from './roles.js';
import { testServer } from './testing-server.js';

/** A database of one test file, on a real server, with the real roles and migrations of some services. */
export interface TestDatabase {
  name: string;
  /** Superuser in this database: sees through row-level security. */
  adminUrl: string;
  url(service: string): string;
  relayUrl(service: string): string;
  /** A pool as the service's application role; `stop` closes it. */
  open(service: string, max?: number): Database;
  stop(): Promise<void>;
}

export interface TestDatabaseOptions {
  /** Migrations of schemas that are no service of the repository, by schema. */
  migrations?: Record<string, string>;
}

const REPOSITORY = join(dirname(fileURLToPath(import.meta.url)), '../../..');
/** Not the lock of who owns the server (embedded/start.ts): building a template takes longer than an owner waits. */
const TEMPLATE_LOCK = 0x43535a;

/**
 * Makes a fresh database for the named services and the bus. The migrations run once per state of their folders and
 * Jest run; each test file gets a copy. All services may read the bus here.
 */
export async function startTestDatabase(services: string[], options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const server = await testServer();
  const name = `test_${randomBytes(6).toString('hex')}`;
  const access = services.map((service) => credentials(server, service));
  await withClient(server, async (admin) => {
    await admin.query('select pg_advisory_lock($1)', [TEMPLATE_LOCK]);
    const template = await templateOf(admin, server, access, { ...folders(services), ...options.migrations });
    await admin.query(`create database ${name} template ${template}`);
  });
  const provisioned = await provisionDatabase(server, { database: name, services: access });
  return testDatabase(server, name, provisioned);
}

function testDatabase(server: string, name: string, provisioned: ProvisionedDatabase): TestDatabase {
  const opened: Database[] = [];
  const urlsOf = (service: string) => {
    const urls = provisioned.services[service];
    if (!urls) throw new Error(`${service} is not one of the services of this test database`);
    return urls;
  };
  return {
    name,
    adminUrl: provisioned.adminUrl,
    url: (service) => urlsOf(service).url,
    relayUrl: (service) => urlsOf(service).relayUrl,
    open: (service, max = 4) => {
      const database = createDatabase({ url: urlsOf(service).url, schema: service, max });
      opened.push(database);
      return database;
    },
    stop: async () => {
      await Promise.all(opened.map((database) => database.close()));
      await withClient(server, (admin) => admin.query(`drop database ${name} with (force)`));
    },
  };
}

/** Built under another name first: a template cut short is never copied. */
async function templateOf(
  admin: pg.Client,
  server: string,
  services: ReturnType<typeof credentials>[],
  migrations: Record<string, string>,
): Promise<string> {
  const name = `template_${digest(JSON.stringify(Object.entries(migrations).map(([schema, dir]) => [schema, readMigrations(dir)])))}`;
  const { rowCount } = await admin.query('select 1 from pg_database where datname = $1', [name]);
  if (rowCount) return name;
  await admin.query('drop database if exists building with (force)');
  const { adminUrl } = await provisionDatabase(server, { database: 'building', services });
  for (const [schema, migrationsDir] of Object.entries(migrations))
    await migrate({ url: adminUrl, schema, migrationsDir });
  await admin.query(`alter database building rename to ${name}`);
  return name;
}

function folders(services: string[]): Record<string, string> {
  const all: [string, string][] = [
    [BUS.schema, join(REPOSITORY, 'libs/event-bus-postgres/migrations')],
    ...services.map((service): [string, string] => [
      service,
      join(REPOSITORY, 'services', service, 'prisma/migrations'),
    ]),
  ];
  return Object.fromEntries(all.filter(([, folder]) => existsSync(folder)));
}

/** Roles belong to the server, so every test file of a run must give them the same passwords. */
const credentials = (server: string, name: string) => ({
  name,
  password: digest(`${urlFor(server, 'postgres')} ${name}`),
  relayPassword: digest(`${urlFor(server, 'postgres')} ${name} relay`),
  consumes: true,
});

const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 24);
