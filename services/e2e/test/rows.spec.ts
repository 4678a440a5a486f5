import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { checkRowSecurity, type TableRule } from '@countersign/database';
import { AdminDatabase, createBank, createCustomer, recorded, sharedHost, type HostProcess } from '@countersign/e2e';
import { SERVICES } from '@countersign/contracts';

/** What every table of an installation is to be. A table that is not here fails the test: say what it is to be. */
const TABLES: Record<string, Record<string, TableRule>> = {
  gateway: { rate_counter: 'shared', rate_salt: 'shared' },
  tenant: {
    tenant: 'tenant',
    application: 'tenant',
    policy_version: 'tenant',
    operator: 'tenant',
    signed_snapshot: 'tenant',
    change_sequence: 'shared',
  },
  enrollment: {
    subject: 'tenant',
    credential: 'tenant',
    ticket: 'tenant',
    idempotency_key: 'tenant',
    spent_grant: 'tenant',
    device_ending: 'tenant',
    erasure: 'tenant',
    tenant_key: 'tenant',
    metadata_judgement: 'tenant',
    device_finding: 'tenant',
    attestation_certificate: 'tenant',
    android_status: 'shared',
    metadata_blob: 'shared',
    metadata_refresh: 'shared',
    keyed_hash_secret: 'shared',
    consumer_position: 'shared',
  },
  challenge: { spent: 'tenant', sealing_key: 'shared' },
  verification: { spent_grant: 'tenant' },
  risk: { sighting: 'tenant', recent: 'tenant', erasing: 'tenant', consumer_position: 'shared' },
  session: {
    session: 'tenant',
    device_tombstone: 'tenant',
    client_assertion: 'tenant',
    disabled_key: 'shared',
    issuer_key: 'tenant',
    erasing: 'tenant',
    consumer_position: 'shared',
    dpop_proof: 'tenant',
    dpop_memory: 'shared',
    dpop_nonce: 'shared',
  },
  audit: {
    leaf: 'tenant',
    log_head: 'tenant',
    details: 'tenant',
    erasing: 'tenant',
    quarantine: 'shared',
    manifest: 'closed',
    consumer_position: 'shared',
  },
};
/** Every service has these. */
const COMMON: Record<string, TableRule> = {
  outbox: 'tenant',
  snapshot: 'tenant',
  outbox_lease: 'closed',
  outbox_manifest: 'closed',
};
const BUS: Record<string, TableRule> = { 'bus.topic': 'closed', 'bus.message': 'closed' };

let host: HostProcess;
let database: AdminDatabase;
beforeAll(async () => {
  host = await sharedHost();
  database = new AdminDatabase(host);
  for (const bank of [await createBank(host), await createBank(host)]) {
    const { browser } = await createCustomer(host, bank);
    await browser.signIn();
    await recorded(bank, { type: 'session.established' });
  }
}, 180_000);
afterAll(() => database.close());

const known = (): Record<string, TableRule> => {
  const rules = SERVICES.flatMap((service) =>
    Object.entries({ ...COMMON, ...TABLES[service] }).map(([table, rule]) => [`${service}.${table}`, rule] as const),
  );
  return { ...BUS, ...Object.fromEntries(rules) };
};

test('BCB-16.rows R31 · every table of the installation shows a caller its tenant’s rows, and no table is unknown', async () => {
  const { findings, withoutRows } = await checkRowSecurity(host.info.adminUrl, 'countersign', known());
  expect(findings).toEqual([]);
  const filled = [
    'enrollment.subject',
    'enrollment.credential',
    'session.session',
    'audit.leaf',
    'challenge.spent',
    'tenant.tenant',
  ];
  for (const table of filled) expect(withoutRows).not.toContain(table);
}, 60_000);

test('BCB-16.rows · a table that nobody declared is a finding', async () => {
  const { 'session.session': _, ...forgetful } = known();
  const { findings } = await checkRowSecurity(host.info.adminUrl, 'countersign', forgetful);
  expect(findings).toEqual([expect.stringMatching(/^session\.session is not known/)]);
}, 60_000);

test('R18 · what grows without end is partitioned from the start', async () => {
  const rows = await database.rows<{ name: string }>(
    `select n.nspname || '.' || c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind = 'p'`,
  );
  const partitioned = rows.map(({ name }) => name);
  const growing = ['audit.leaf', 'challenge.spent', 'bus.message', ...SERVICES.map((service) => `${service}.outbox`)];
  for (const table of growing) expect(partitioned).toContain(table);
});

test('BCB-16.rows · no role a service logs in with owns a table or passes row-level security', async () => {
  const rows = await database.rows<{ rolname: string }>(
    `select rolname from pg_roles r where rolname like 'cs\\_%' and rolcanlogin and (rolsuper or rolbypassrls or rolcreaterole
       or exists (select from pg_class c where c.relowner = r.oid and c.relkind in ('r', 'p')))`,
  );
  expect(rows.map(({ rolname }) => rolname)).toEqual([]);
});
