import type pg from 'pg';
import { readMigrations, type Migration } from './migration-folder.js';
import { withClient } from './provision.js';
import { identifier } from './roles.js';

export interface MigrateOptions {
  /** The administrator in the database of the schema. */
  url: string;
  schema: string;
  /** Folder of `<timestamp>_<name>/migration.sql`. */
  migrationsDir: string;
}

/**
 * Brings a schema up to its migrations folder and returns the names it applied. Replicas that start together take
 * turns. When nothing is pending this is one query, and Prisma's engine is not even loaded.
 *
 * @throws Error when an applied migration was edited or is missing from the folder, or when a script fails
 */
export async function migrate(options: MigrateOptions): Promise<string[]> {
  const schema = identifier(options.schema);
  const migrations = readMigrations(options.migrationsDir);
  return await withClient(options.url, async (client) => {
    if ((await pending(client, schema, migrations)).length === 0) return [];
    await client.query(`select pg_advisory_lock(hashtext($1))`, [`migrate ${schema}`]);
    if ((await pending(client, schema, migrations)).length === 0) return [];
    const { applyWithEngine } = await import('./migration-engine.js');
    return await applyWithEngine(migrations, { url: options.url, schema, owner: `cs_${schema}_owner` });
  });
}

/**
 * Names of the migrations that `migrate` would apply; changes nothing.
 *
 * @throws Error when an applied migration was edited or is missing from the folder
 */
export async function pendingMigrations({ url, schema, migrationsDir }: MigrateOptions): Promise<string[]> {
  const migrations = readMigrations(migrationsDir);
  const left = await withClient(url, (client) => pending(client, identifier(schema), migrations));
  return left.map(({ name }) => name);
}

async function pending(client: pg.Client, schema: string, migrations: Migration[]): Promise<Migration[]> {
  const applied = await appliedChecksums(client, schema);
  const known = new Map(migrations.map(({ name, checksum }) => [name, checksum]));
  for (const [name, checksum] of applied) {
    if (!known.has(name)) throw new Error(`migration ${name} of ${schema} was applied but is not in the folder`);
    if (known.get(name) !== checksum) throw new Error(`migration ${name} of ${schema} was edited after it was applied`);
  }
  return migrations.filter(({ name }) => !applied.has(name));
}

async function appliedChecksums(client: pg.Client, schema: string): Promise<Map<string, string>> {
  const table = `${schema}._prisma_migrations`;
  const { rows: present } = await client.query<{ oid: unknown }>('select to_regclass($1) as oid', [table]);
  if (!present[0]?.oid) return new Map();
  const { rows } = await client.query<{ name: string; checksum: string }>(
    `select migration_name as name, checksum from ${table} where finished_at is not null and rolled_back_at is null`,
  );
  return new Map(rows.map(({ name, checksum }) => [name, checksum]));
}
