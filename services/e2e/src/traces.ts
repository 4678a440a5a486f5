import { SERVICES } from '@countersign/contracts';
import type { AdminDatabase } from './admin-database.js';

/** Every column of the installation as `schema.table.column`; partitions follow their parent. */
export async function columnsOf(database: AdminDatabase): Promise<string[]> {
  const rows = await database.rows<{ name: string }>(
    `select n.nspname || '.' || c.relname || '.' || a.attname as name
       from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = any ($1) and c.relkind in ('r', 'p') and not c.relispartition and a.attnum > 0
        and not a.attisdropped and c.relname <> '_prisma_migrations'`,
    [[...SERVICES, 'bus']],
  );
  return rows.map(({ name }) => name);
}

/** `schema.table` of a column. */
export const tableOf = (column: string): string => column.split('.').slice(0, 2).join('.');

/** Where ids of an erased person may still stand; docs/integrators/personal-data.md says why. */
const LEFT = new Set([
  'audit.leaf',
  'audit.erasing',
  'risk.erasing',
  'session.erasing',
  'session.device_tombstone',
  'enrollment.erasure',
]);

/** Tables, beyond those that may, with a row that holds an erased person's id anywhere; the events on their way are leaves. */
export async function tracesOf(database: AdminDatabase, id: string): Promise<string[]> {
  const found: string[] = [];
  for (const table of new Set((await columnsOf(database)).map(tableOf))) {
    if (LEFT.has(table) || table.endsWith('.outbox') || table === 'bus.message') continue;
    const n = await database.count(`select count(*) as n from ${table} t where t::text like '%' || $1 || '%'`, [id]);
    if (n > 0) found.push(table);
  }
  return found;
}
