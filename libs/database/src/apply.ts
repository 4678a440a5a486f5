import type pg from 'pg';
import { migrate, type Migrated } from './migrate.js';
import { provisionDatabase, withClient, type ServiceAccess } from './provision.js';
import { identifier, rolesOf, urlFor } from './roles.js';

export interface ApplyOptions {
  /** A superuser, or a role with CREATEDB and CREATEROLE; not through a pooler, which would lose the lock. */
  adminUrl: string;
  database: string;
  services: ServiceAccess[];
  /** Schemas and their folders of migrations, in the order in which they are brought up to date. */
  schemas: readonly { schema: string; migrationsDir: string }[];
  /** Told what happens, one line each. */
  note: (line: string) => void;
}

export interface AppliedSchema extends Migrated {
  schema: string;
}

/**
 * Makes database, roles and schemas, and applies every migration that is pending. Repeatable. Two that run at once take
 * turns, under a lock that ends with the connection of its holder.
 *
 * @throws MigrationRefused, or what PostgreSQL refused; what was applied before stays, and each migration is whole or absent
 */
export async function applyDatabase(options: ApplyOptions): Promise<AppliedSchema[]> {
  const { database, services, schemas, note } = options;
  const url = urlFor(options.adminUrl, database);
  await createDatabaseAt(options.adminUrl, database);
  return await withClient(url, async (client) => {
    await takeTurn(client, note);
    await refuseSharedRoles(client, database, services);
    await provisionDatabase(url, { database, services });
    note(`${database}: roles and schemas are in place`);
    const done: AppliedSchema[] = [];
    for (const { schema, migrationsDir } of schemas) {
      const migrated = await migrate({ url, schema, migrationsDir });
      note(`${schema}: ${describe(migrated)}`);
      done.push({ schema, ...migrated });
    }
    for (const { name } of services) await showMigrations(client, name);
    return done;
  });
}

/** In words: what was applied, or how far the schema is ahead. */
function describe({ applied, ahead }: Migrated): string {
  if (ahead.length > 0) return aheadText(ahead);
  return applied.length === 0 ? 'up to date' : `applied ${applied.join(', ')}`;
}

/** One line about a schema that a later release has migrated. */
export const aheadText = (ahead: readonly string[]): string =>
  `the schema is ${ahead.length} migration${ahead.length === 1 ? '' : 's'} ahead of this version, up to ${ahead.at(-1)}`;

const MISSING_DATABASE = '3D000';
const EXISTS_ALREADY = ['42P04', '23505'];

/** A URL that names a database which is not there yet leads to `postgres`, where it is made. */
async function createDatabaseAt(adminUrl: string, database: string): Promise<void> {
  const target = urlFor(adminUrl, database);
  try {
    await withClient(target, () => Promise.resolve());
  } catch (error) {
    if (codeOf(error) !== MISSING_DATABASE) throw error;
    const from = target === adminUrl ? urlFor(adminUrl, 'postgres') : adminUrl;
    await withClient(from, (client) => client.query(`create database ${identifier(database)}`)).catch(
      (refusal: unknown) => {
        // Another run was faster.
        if (!EXISTS_ALREADY.includes(codeOf(refusal))) throw refusal;
      },
    );
  }
}

const codeOf = (error: unknown): string => (error as { code?: string }).code ?? '';

/**
 * Whoever holds the lock, or waits for it, is not ended by limits that are there for other work. A holder that vanished with
 * its machine is noticed within half a minute, and not after hours.
 */
const HOLDING = `set statement_timeout = 0; set lock_timeout = 0; set idle_session_timeout = 0;
  set tcp_keepalives_idle = 10; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 4`;
const LOCK = 'countersign install';

async function takeTurn(client: pg.Client, note: (line: string) => void): Promise<void> {
  await client.query(HOLDING);
  const { rows } = await client.query<{ held: boolean }>('select pg_try_advisory_lock(hashtext($1)) as held', [LOCK]);
  if (rows[0]!.held) return;
  note('another run works on this database: waiting for it to end');
  await client.query('select pg_advisory_lock(hashtext($1))', [LOCK]);
}

/** Roles belong to the whole server: a second installation would set the passwords of the first. */
async function refuseSharedRoles(client: pg.Client, database: string, services: ServiceAccess[]): Promise<void> {
  const roles = services.map(({ name }) => rolesOf(name).app);
  const { rows } = await client.query<{ other: string }>(
    `select d.datname as other from pg_db_role_setting s
       join pg_roles r on r.oid = s.setrole join pg_database d on d.oid = s.setdatabase
      where r.rolname = any($1) and d.datname <> $2 limit 1`,
    [roles, database],
  );
  if (rows[0])
    throw new Error(`this PostgreSQL server holds an installation already, in the database ${rows[0].other}`);
}

/** So that a service can see, before it starts, whether its schema is as it expects (`schemaState`). Nothing else is shown. */
async function showMigrations(client: pg.Client, service: string): Promise<void> {
  const { schema, owner, app } = rolesOf(service);
  const { rows } = await client.query<{ oid: unknown }>('select to_regclass($1) as oid', [
    `${schema}._prisma_migrations`,
  ]);
  if (!rows[0]?.oid) return;
  await client.query(
    `begin; set local role ${owner};
     grant select (migration_name, checksum, finished_at, rolled_back_at) on ${schema}._prisma_migrations to ${app};
     commit`,
  );
}
