import pg from 'pg';
import { BUS, identifier, rolesOf, urlFor, type ServiceRoles } from './roles.js';
import { scramVerifier } from './scram.js';

export interface ServiceAccess {
  name: string;
  /** Of the application role, 16 to 128 printable ASCII characters. */
  password: string;
  relayPassword: string;
  /** Whether the service may read the event bus; only audit and risk do. */
  consumes?: boolean;
}

export interface ProvisionOptions {
  database: string;
  services: ServiceAccess[];
}

/** Where each role connects. All of these hold passwords. */
export interface ProvisionedDatabase {
  /** The administrator in this database, for `migrate`. */
  adminUrl: string;
  services: Record<string, { url: string; relayUrl: string }>;
}

const PROVISION_LOCK = 0x435350;

/**
 * Creates the database, a schema and three roles per service, and the schema of the bus. Can be repeated: it adds what
 * is missing, sets the passwords it is given, and takes away what PUBLIC should not have.
 *
 * @param adminUrl a superuser, or a role with CREATEDB and CREATEROLE
 */
export async function provisionDatabase(adminUrl: string, options: ProvisionOptions): Promise<ProvisionedDatabase> {
  const database = identifier(options.database);
  const url = urlFor(adminUrl, database);
  await withClient(adminUrl, async (admin) => {
    // Roles belong to the whole server, so everyone who provisions on it takes turns.
    await admin.query('select pg_advisory_lock($1)', [PROVISION_LOCK]);
    const { rowCount } = await admin.query('select 1 from pg_database where datname = $1', [database]);
    if (rowCount === 0) await admin.query(`create database ${database}`);
    await withClient(url, (client) => client.query(script(database, options.services)));
    await refuseRowSecurityBypass(admin);
  });
  return {
    adminUrl: url,
    services: Object.fromEntries(options.services.map((access) => [access.name, urls(url, database, access)])),
  };
}

function urls(url: string, database: string, { name, password, relayPassword }: ServiceAccess) {
  const { app, relay } = rolesOf(name);
  return {
    url: urlFor(url, database, { user: app, password }),
    relayUrl: urlFor(url, database, { user: relay, password: relayPassword }),
  };
}

const script = (database: string, services: ServiceAccess[]): string =>
  [
    `revoke all on database ${database} from public`,
    'revoke all on schema public from public',
    ...[BUS.owner, BUS.publisher, BUS.consumer].map((role) => createRole(role, 'nologin')),
    ...schemaOwnedBy(BUS.schema, BUS.owner),
    `grant usage on schema ${BUS.schema} to ${BUS.publisher}, ${BUS.consumer}`,
    ...services.flatMap((access) => serviceScript(database, access)),
  ].join(';\n');

function serviceScript(database: string, access: ServiceAccess): string[] {
  const roles = rolesOf(access.name);
  const { schema, owner, app, relay } = roles;
  return [
    createRole(owner, 'nologin'),
    createRole(app, 'login'),
    createRole(relay, 'login'),
    `alter role ${app} password '${scramVerifier(access.password)}'`,
    `alter role ${relay} password '${scramVerifier(access.relayPassword)}'`,
    ...schemaOwnedBy(schema, owner),
    `grant connect on database ${database} to ${app}, ${relay}`,
    `grant usage on schema ${schema} to ${app}, ${relay}`,
    `alter default privileges for role ${owner} in schema ${schema} grant execute on functions to ${app}`,
    ...settings(database, roles),
    `grant ${BUS.publisher} to ${relay}`,
    access.consumes ? `grant ${BUS.consumer} to ${app}` : `revoke ${BUS.consumer} from ${app}`,
  ];
}

/** On the role and not in the start-up packet, so that a connection pooler in between does not lose them. */
const settings = (database: string, { schema, app, relay }: ServiceRoles): string[] =>
  [app, relay].flatMap((role) => [
    `alter role ${role} in database ${database} set search_path = ${schema}`,
    `alter role ${role} in database ${database} set statement_timeout = '10s'`,
    `alter role ${role} in database ${database} set lock_timeout = '5s'`,
    `alter role ${role} in database ${database} set idle_in_transaction_session_timeout = '10s'`,
    // Every statement here is found by key: planning it anew at each call cost four times what running it does.
    `alter role ${role} in database ${database} set plan_cache_mode = force_generic_plan`,
  ]);

/** `grant … to current_user` lets an administrator who is no superuser act as the owner. */
const schemaOwnedBy = (schema: string, owner: string): string[] => [
  `do $$ begin
     if not (select rolsuper from pg_roles where rolname = current_user) then
       execute 'grant ${owner} to current_user with inherit true, set true';
     end if;
   end $$`,
  `create schema if not exists ${schema} authorization ${owner}`,
  `alter default privileges for role ${owner} revoke execute on functions from public`,
];

const createRole = (role: string, login: 'login' | 'nologin'): string =>
  `do $$ begin
     if not exists (select from pg_roles where rolname = '${role}') then create role ${role} ${login}; end if;
   end $$`;

async function refuseRowSecurityBypass(admin: pg.Client): Promise<void> {
  const { rows } = await admin.query<{ rolname: string }>(
    `select rolname from pg_roles where rolname ~ '^cs_' and (rolsuper or rolbypassrls)`,
  );
  if (rows[0]) throw new Error(`the role ${rows[0].rolname} would not be held by row-level security`);
}

const CONNECT_LIMIT_MS = 10_000;

/** One connection for as long as the work lasts. */
export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_LIMIT_MS, keepAlive: true });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
