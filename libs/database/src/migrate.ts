import type pg from 'pg';
import { readMigrations, type Migration } from './migration-folder.js';
import { MigrationRefused } from './migration-refused.js';
import { withClient } from './provision.js';
import { identifier } from './roles.js';

export interface MigrateOptions {
  /** The administrator in the database of the schema. */
  url: string;
  schema: string;
  /** Folder of `<timestamp>_<name>/migration.sql`. */
  migrationsDir: string;
}

/** A schema beside a folder of migrations, by their names. */
export interface SchemaState {
  /** In the folder and not applied. */
  pending: string[];
  /** Applied by a later release: newer than everything in the folder. */
  ahead: string[];
}

export interface Migrated {
  applied: string[];
  /** As in `SchemaState`: then nothing was applied. */
  ahead: string[];
}

/**
 * Brings a schema up to its migrations folder. Replicas that start together take turns. When nothing is pending this is
 * one query, and Prisma's engine is not even loaded. A schema that a later release migrated further is left as it is:
 * that release kept it usable for this one (docs/operators/upgrading.md).
 *
 * @throws MigrationRefused when an applied migration was edited or is missing from the folder, or when a script fails
 */
export async function migrate(options: MigrateOptions): Promise<Migrated> {
  const schema = identifier(options.schema);
  const migrations = readMigrations(options.migrationsDir);
  return await withClient(options.url, async (client) => {
    const before = await stateOf(client, schema, migrations);
    if (before.pending.length === 0) return { applied: [], ahead: before.ahead };
    await client.query(`select pg_advisory_lock(hashtext($1))`, [`migrate ${schema}`]);
    const { pending, ahead } = await stateOf(client, schema, migrations);
    if (pending.length === 0) return { applied: [], ahead };
    const { applyWithEngine } = await import('./migration-engine.js');
    const applied = await applyWithEngine(migrations, { url: options.url, schema, owner: `cs_${schema}_owner` });
    return { applied, ahead };
  });
}

/**
 * How a schema stands beside a folder of migrations; changes nothing.
 *
 * @param url of the administrator, or of the application role where `applyDatabase` prepared the schema
 * @throws MigrationRefused when an applied migration was edited or is missing from the folder
 */
export async function schemaState({ url, schema, migrationsDir }: MigrateOptions): Promise<SchemaState> {
  const migrations = readMigrations(migrationsDir);
  return await withClient(url, (client) => stateOf(client, identifier(schema), migrations));
}

async function stateOf(client: pg.Client, schema: string, migrations: Migration[]): Promise<SchemaState> {
  const applied = await appliedChecksums(client, schema);
  const pending = migrations.map(({ name }) => name).filter((name) => !applied.has(name));
  for (const { name, checksum } of migrations)
    if ((applied.get(name) ?? checksum) !== checksum) throw refused(name, schema, 'was edited after it was applied');
  const known = new Set(migrations.map(({ name }) => name));
  const ahead = [...applied.keys()].filter((name) => !known.has(name)).sort();
  const newest = timeOf(migrations.at(-1)?.name ?? '');
  const strange = ahead.find((name) => timeOf(name) <= newest);
  if (strange) throw refused(strange, schema, 'was applied but is not in the folder');
  if (ahead[0] && pending[0]) throw refused(pending[0], schema, `is not applied, but the later ${ahead[0]} is`);
  return { pending, ahead };
}

const timeOf = (name: string): string => name.slice(0, 14);

const refused = (name: string, schema: string, problem: string): MigrationRefused =>
  new MigrationRefused(`migration ${name} of ${schema} ${problem}`);

async function appliedChecksums(client: pg.Client, schema: string): Promise<Map<string, string>> {
  const table = `${schema}._prisma_migrations`;
  const { rows: present } = await client.query<{ oid: unknown }>('select to_regclass($1) as oid', [table]);
  if (!present[0]?.oid) return new Map();
  const { rows } = await client.query<{ name: string; checksum: string }>(
    `select migration_name as name, checksum from ${table} where finished_at is not null and rolled_back_at is null`,
  );
  return new Map(rows.map(({ name, checksum }) => [name, checksum]));
}
