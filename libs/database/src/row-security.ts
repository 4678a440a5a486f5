import type pg from 'pg';
import { withClient } from './provision.js';
import { BUS, identifier, rolesOf, urlFor } from './roles.js';

/**
 * What a table is to be. `tenant`: rows of one tenant at a time. `shared`: no row belongs to a tenant, the application
 * role may read it (snapshots, leases, consumer positions). `closed`: the application role has no right on it at all.
 */
export type TableRule = 'tenant' | 'shared' | 'closed';

export interface RowSecurityReport {
  /** One line per fault; empty when the database is as it should be. */
  findings: string[];
  /** Tenant tables without rows: for these only the declarations could be checked. */
  withoutRows: string[];
}

interface Table {
  name: string;
  schema: string;
  partition: boolean;
  secured: boolean;
  forced: boolean;
  tenant_not_null: boolean;
  app_may: boolean;
}

const STRANGER = '00000000-0000-7000-8000-000000000000';
/** Prisma's record of what it applied. */
const PRISMA = '_prisma_migrations';

/**
 * Walks every table of a database: with no tenant, with a wrong one and with the right one, as the application role of
 * its schema. A table that `known` does not name is a finding, so that no new table escapes.
 *
 * @param adminUrl a superuser on the server
 * @param known rule by `schema.table`; partitions follow their parent, Prisma's own tables must be closed
 */
export async function checkRowSecurity(
  adminUrl: string,
  database: string,
  known: Record<string, TableRule>,
): Promise<RowSecurityReport> {
  const report: RowSecurityReport = { findings: [], withoutRows: [] };
  await withClient(urlFor(adminUrl, identifier(database)), async (client) => {
    const tables = await listTables(client);
    const names = new Set(tables.map(({ name }) => name));
    for (const name of Object.keys(known))
      if (!names.has(name)) report.findings.push(`${name} is known but does not exist`);
    for (const table of tables) await checkTable(client, table, ruleFor(table, known), report);
  });
  return report;
}

function ruleFor(table: Table, known: Record<string, TableRule>): TableRule | undefined {
  if (table.partition || table.name.endsWith(`.${PRISMA}`)) return 'closed';
  return known[table.name];
}

async function checkTable(
  client: pg.Client,
  table: Table,
  rule: TableRule | undefined,
  report: RowSecurityReport,
): Promise<void> {
  const find = (fault: string) => void report.findings.push(`${table.name} ${fault}`);
  if (rule === undefined) return find('is not known: say what it is to be');
  if (rule === 'closed' && table.app_may) find('must give the application role no right');
  if (rule !== 'tenant') return;
  if (!table.secured || !table.forced) find('does not force row-level security');
  if (!table.tenant_not_null) find('has no column "tenant uuid not null"');
  if (table.secured && table.tenant_not_null) await checkRows(client, table, find, report);
}

/** Reads as the application role would; the administrator's count of the tenant's rows is the measure. */
async function checkRows(
  client: pg.Client,
  table: Table,
  find: (fault: string) => void,
  report: RowSecurityReport,
): Promise<void> {
  const { rows } = await client.query<{ tenant: string }>(
    `select tenant::text from ${table.name} group by tenant order by tenant limit 2`,
  );
  if (!rows[0]) report.withoutRows.push(table.name);
  if ((await countAs(client, table)).seen !== 0) find('shows rows to a caller without a tenant');
  if ((await countAs(client, table, STRANGER)).seen !== 0) find("shows rows to another tenant's caller");
  for (const { tenant } of rows) {
    const { seen, there } = await countAs(client, table, tenant);
    if (seen !== there) find('does not show a tenant exactly its own rows');
  }
}

/**
 * What a tenant's caller sees, and what is there of that tenant as the administrator sees it. Both by one snapshot: an
 * installation that runs writes rows at any moment.
 */
async function countAs(
  client: pg.Client,
  { name, schema }: Table,
  tenant?: string,
): Promise<{ seen: number; there: number }> {
  const { app } = rolesOf(schema);
  await client.query('begin isolation level repeatable read');
  try {
    const there = tenant ? await countOf(client, `${name} where tenant = $1`, tenant) : 0;
    await client.query(`grant usage on schema ${schema} to ${app}; grant select on ${name} to ${app}`);
    await client.query(`set local role ${app}`);
    if (tenant) await client.query(`select set_config('app.tenant', $1, true)`, [tenant]);
    return { seen: await countOf(client, name), there };
  } finally {
    // The right to read was only lent for the count: a role that may not read at all is still held to the policy.
    await client.query('rollback');
  }
}

async function countOf(client: pg.Client, rows: string, ...values: string[]): Promise<number> {
  const counted = await client.query<{ n: number }>(`select count(*)::int as n from ${rows}`, values);
  return counted.rows[0]!.n;
}

/** Every table outside the system's schemas, with the rights of its schema's application role. */
async function listTables(client: pg.Client): Promise<Table[]> {
  const { rows } = await client.query<Table>(
    `select n.nspname || '.' || c.relname as name, n.nspname as schema, c.relispartition as partition,
            c.relrowsecurity as secured, c.relforcerowsecurity as forced,
            exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant'
                      and a.atttypid = 'uuid'::regtype and a.attnotnull) as tenant_not_null,
            coalesce((select bool_or(has_table_privilege(r.oid, c.oid, p)
                                     or (p in ('select', 'insert', 'update') and has_any_column_privilege(r.oid, c.oid, p)))
                        from pg_roles r, unnest(array['select', 'insert', 'update', 'delete', 'truncate']) p
                       where r.rolname in ('cs_' || n.nspname, $1, $2)), false) as app_may
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
      order by 1`,
    [BUS.publisher, BUS.consumer],
  );
  return rows;
}
