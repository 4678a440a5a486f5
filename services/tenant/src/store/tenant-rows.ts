import type { Transaction } from '@countersign/database';
import { snapshotSchema, type Policy, type TenantSnapshot } from '@countersign/policy';
import type { KnownApplication, NewApplication } from '../domain/application.js';
import type { NewOperator } from '../domain/operator.js';
import type { PublicKeySet } from '../domain/public-keys.js';
import type { NewTenant } from '../domain/tenant.js';

const INSERT_TENANT = {
  name: 'tenant_insert',
  text: `insert into tenant (tenant, slug, name, rp_id, policy_version) values ($1, $2, $3, $4, 1)
         on conflict do nothing returning created_at as "createdAt"`,
};
const INSERT_POLICY = {
  name: 'policy_insert',
  text: 'insert into policy_version (tenant, version, document) values ($1, $2, $3)',
};
const ACTIVATE_POLICY = {
  name: 'policy_activate',
  text: 'update tenant set policy_version = $3 where tenant = $1 and policy_version = $2',
};
const INSERT_APPLICATION = {
  name: 'application_insert',
  text: `insert into application (client_id, tenant, name, type, origins, scopes, secret_hash, jwks)
         values ($1, $2, $3, $4, $5, $6, $7, $8)`,
};
const READ_APPLICATION = {
  name: 'application_read',
  text: `select name, type, origins, scopes, jwks, secret_hash is not null as "hasSecret"
         from application where tenant = $1 and client_id = $2`,
};
const CHANGE_APPLICATION = {
  name: 'application_change',
  text: `update application
         set name = $3, origins = $4, scopes = $5, jwks = $6, secret_hash = case when $7 then secret_hash end
         where tenant = $1 and client_id = $2`,
};
const ORIGINS = {
  name: 'tenant_origins',
  text: 'select unnest(origins) as origin from application where tenant = $1 and client_id <> $2',
};
const CHANGE_ORIGINS = {
  name: 'application_origins',
  text: 'update application set origins = $3 where tenant = $1 and client_id = $2 and origins <> $3',
};
const PUT_OPERATOR = {
  name: 'operator_put',
  text: `insert into operator (tenant, subject, roles) values ($1, $2, $3)
         on conflict (tenant, subject) do update set roles = excluded.roles`,
};
const NEXT_VERSION = {
  name: 'snapshot_version_next',
  text: 'update tenant set snapshot_version = snapshot_version + 1 where tenant = $1',
};
const SNAPSHOT = {
  name: 'snapshot_read',
  text: `select t.tenant, t.slug, t.name, t.rp_id as "rpId", t.snapshot_version as version,
           t.policy_version as "policyVersion", p.document as policy,
           (select coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('clientId', a.client_id, 'name', a.name,
                     'type', a.type, 'origins', a.origins, 'scopes', a.scopes, 'secretHash', a.secret_hash,
                     'jwks', a.jwks)) order by a.created_at, a.client_id), '[]')
              from application a where a.tenant = t.tenant) as applications,
           (select coalesce(jsonb_agg(jsonb_build_object('subject', o.subject, 'roles', o.roles)
                     order by o.added_at, o.subject), '[]')
              from operator o where o.tenant = t.tenant) as operators
         from tenant t join policy_version p on p.tenant = t.tenant and p.version = t.policy_version
         where t.tenant = $1`,
};

/** @returns when it was created; undefined when the slug or the tenant exists */
export async function insertTenant(
  tx: Transaction,
  tenant: string,
  made: NewTenant,
  policy: Policy,
): Promise<Date | undefined> {
  const { rows } = await tx.query<{ createdAt: Date }>(INSERT_TENANT, [tenant, made.slug, made.name, made.rpId]);
  if (rows[0]) await tx.query(INSERT_POLICY, [tenant, 1, JSON.stringify(policy)]);
  return rows[0]?.createdAt;
}

/** Activates the document as the version after `basedOn`. @returns false when another version is in force */
export async function insertPolicy(tx: Transaction, tenant: string, basedOn: number, policy: Policy): Promise<boolean> {
  const { rowCount } = await tx.query(ACTIVATE_POLICY, [tenant, basedOn, basedOn + 1]);
  if (rowCount === 0) return false;
  await tx.query(INSERT_POLICY, [tenant, basedOn + 1, JSON.stringify(policy)]);
  return true;
}

/** @param secretHash base64url SHA-256, or undefined */
export async function insertApplication(
  tx: Transaction,
  tenant: string,
  clientId: string,
  { name, type, origins, scopes, jwks }: NewApplication,
  secretHash?: string,
): Promise<void> {
  const keys = jwks ? JSON.stringify(jwks) : null;
  await tx.query(INSERT_APPLICATION, [clientId, tenant, name, type, origins, scopes, secretHash ?? null, keys]);
}

/** @returns undefined when the tenant has none of this client id */
export async function applicationOf(
  tx: Transaction,
  tenant: string,
  clientId: string,
): Promise<KnownApplication | undefined> {
  const { rows } = await tx.query<KnownApplication & { jwks: PublicKeySet | null }>(READ_APPLICATION, [
    tenant,
    clientId,
  ]);
  if (!rows[0]) return undefined;
  const { jwks, ...rest } = rows[0];
  return { ...rest, ...(jwks && { jwks }) };
}

/** @param keepsSecret false: a secret it had is gone */
export async function changeApplicationRow(
  tx: Transaction,
  tenant: string,
  clientId: string,
  { name, origins, scopes, jwks }: NewApplication,
  keepsSecret: boolean,
): Promise<void> {
  const keys = jwks ? JSON.stringify(jwks) : null;
  await tx.query(CHANGE_APPLICATION, [tenant, clientId, name, origins, scopes, keys, keepsSecret]);
}

/**
 * Origins of the applications of a tenant, in no order; one of two applications comes twice.
 * @param but client id of an application to leave out
 */
export async function originsOf(tx: Transaction, tenant: string, but = ''): Promise<string[]> {
  const { rows } = await tx.query<{ origin: string }>(ORIGINS, [tenant, but]);
  return rows.map(({ origin }) => origin);
}

/** @returns false when the application has exactly these origins already */
export async function changeOrigins(
  tx: Transaction,
  tenant: string,
  clientId: string,
  origins: readonly string[],
): Promise<boolean> {
  const { rowCount } = await tx.query(CHANGE_ORIGINS, [tenant, clientId, origins]);
  return rowCount > 0;
}

export async function putOperator(tx: Transaction, tenant: string, { subject, roles }: NewOperator): Promise<void> {
  await tx.query(PUT_OPERATOR, [tenant, subject, roles]);
}

/** The whole configuration of a tenant as this transaction leaves it, under its next version. */
export async function nextSnapshot(tx: Transaction, tenant: string): Promise<TenantSnapshot> {
  await tx.query(NEXT_VERSION, [tenant]);
  const { rows } = await tx.query(SNAPSHOT, [tenant]);
  return snapshotSchema.parse(rows[0]);
}
