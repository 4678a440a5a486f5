import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import * as engineModule from '@prisma/schema-engine-wasm/schema_engine_bg';
import pg from 'pg';
import type { Migration } from './migration-folder.js';
import { MigrationRefused } from './migration-refused.js';

const NO_FILTERS = { externalTables: [], externalEnums: [] };

/** The one call of it used here; the compiler's libraries declare it for browsers only. */
declare const WebAssembly: {
  instantiate(code: Uint8Array, imports: object): Promise<{ instance: { exports: { __wbindgen_start(): void } } }>;
};

/** Prisma's own engine, as WebAssembly: it needs no binary that npm does not bring. Loaded once, at the first use. */
let loaded: Promise<void> | undefined;
const load = (): Promise<void> =>
  (loaded ??= (async () => {
    const folder = dirname(createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm'));
    const code = readFileSync(join(folder, 'schema_engine_bg.wasm'));
    const { instance } = await WebAssembly.instantiate(code, { './schema_engine_bg.js': imports() });
    engineModule.__wbg_set_wasm(instance.exports);
    instance.exports.__wbindgen_start();
  })());

/** The engine never clears the timer of its own lock, which would keep a process that has nothing left to do for 10 s. */
function imports(): object {
  const quiet =
    (start: (...args: unknown[]) => NodeJS.Timeout) =>
    (...args: unknown[]) =>
      start(...args).unref();
  return Object.fromEntries(
    Object.entries(engineModule).map(([name, value]) =>
      name.startsWith('__wbg_setTimeout') ? [name, quiet(value as unknown as () => NodeJS.Timeout)] : [name, value],
    ),
  );
}

export interface EngineOptions {
  /** Connects as the administrator. */
  url: string;
  schema: string;
  /** Role that runs the scripts, so that it owns what they create. */
  owner: string;
}

/**
 * Services work meanwhile: a change of a table that waits for one of their transactions makes all others wait behind it.
 * After so long it gives up, leaves nothing behind, and can be run again.
 */
const LOCK_LIMIT = '3s';

/**
 * Applies what is pending; the caller sees to it that nobody else does. Each script goes to the server whole, together with
 * the record that it ran, and so is one transaction: one that failed or was cut short leaves nothing, is recorded as rolled
 * back, and runs again once it is corrected.
 *
 * @throws MigrationRefused naming the migration and the reason PostgreSQL gave
 */
export async function applyWithEngine(migrations: Migration[], options: EngineOptions): Promise<string[]> {
  await load();
  const settings = `-c search_path=${options.schema} -c role=${options.owner} -c lock_timeout=${LOCK_LIMIT}`;
  const pool = new pg.Pool({ connectionString: options.url, options: settings, max: 2 });
  // A connection that the server ends while nothing runs on it: the next statement gets another, or says what is wrong.
  pool.on('error', () => undefined);
  const datamodel = `datasource db {\n provider = "postgresql"\n schemas = ["${options.schema}"]\n}\n`;
  const adapters = new WholeScripts(pool, options.schema, migrations);
  await forgetCutShort(pool, options.schema);
  const factory = bindMigrationAwareSqlAdapterFactory(adapters);
  const engine = await engineModule.SchemaEngine.new(
    { datamodels: [['schema.prisma', datamodel]] },
    () => undefined,
    factory,
  );
  try {
    const { appliedMigrationNames } = await engine.applyMigrations({
      migrationsList: list(migrations),
      filters: NO_FILTERS,
    });
    return appliedMigrationNames;
  } catch (error) {
    throw await settle(engine, error as Error, adapters.failure);
  } finally {
    await pool.end();
  }
}

/** A run that was killed left a row that says it began. Its script did not end, or the row would say so. */
async function forgetCutShort(pool: pg.Pool, schema: string): Promise<void> {
  const table = `${schema}._prisma_migrations`;
  const { rows } = await pool.query<{ oid: unknown }>('select to_regclass($1) as oid', [table]);
  if (!rows[0]?.oid) return;
  await pool.query(`update ${table} set rolled_back_at = now() where finished_at is null and rolled_back_at is null`);
}

/** Prisma's adapter cuts a script at every `;`, which breaks function bodies. */
class WholeScripts extends PrismaPg {
  /** What PostgreSQL said of the last script; the engine's error no longer holds it. */
  failure: string | undefined;

  constructor(
    pool: pg.Pool,
    private readonly schema: string,
    private readonly migrations: readonly Migration[],
  ) {
    super(pool, { schema });
  }

  override async connect() {
    const adapter = await super.connect();
    const client = adapter.underlyingDriver();
    adapter.executeScript = async (script: string) => {
      await client.query(this.withRecord(script)).catch((error: Error) => {
        this.failure = error.message;
        throw error;
      });
    };
    return adapter;
  }

  /** The engine's own record follows in a statement of its own, which a run that is killed never sends. */
  private withRecord(script: string): string {
    const migration = this.migrations.find(({ sql }) => sql === script);
    if (!migration) return script;
    return `${script}
;update ${this.schema}._prisma_migrations set finished_at = now()
  where migration_name = '${migration.name}' and finished_at is null and rolled_back_at is null;`;
  }
}

async function settle(engine: engineModule.SchemaEngine, error: Error, reason = error.message): Promise<Error> {
  const name = /migration_name="([^"]+)"/.exec(error.message)?.[1];
  if (!name) return error;
  // Where the server went away too, the next run does this.
  await engine.markMigrationRolledBack({ migrationName: name }).catch(() => undefined);
  return new MigrationRefused(`migration ${name} failed and left nothing behind: ${reason}`);
}

const list = (migrations: Migration[]): engineModule.MigrationList => ({
  baseDir: '/migrations',
  lockfile: { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' },
  shadowDbInitScript: '',
  migrationDirectories: migrations.map(({ name, sql }) => ({
    path: name,
    migrationFile: { path: 'migration.sql', content: { tag: 'ok', value: sql } },
  })),
});
