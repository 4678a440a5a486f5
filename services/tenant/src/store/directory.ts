import type { Database } from '@countersign/database';
import { refuse } from '@countersign/kernel';
import type { Application, Policy } from '@countersign/policy';
import type { NewOperator } from '../domain/operator.js';

export interface KnownTenant {
  tenant: string;
  slug: string;
  name: string;
  rpId: string;
  createdAt: Date;
}

const BY_SLUG = { name: 'tenant_by_slug', text: 'select tenant, rp_id as "rpId" from tenant_by_slug($1)' };
const PAGE = {
  name: 'tenants_after',
  text: 'select tenant, slug, name, rp_id as "rpId", created_at as "createdAt" from tenants_after($1, $2)',
};
const APPLICATIONS = {
  name: 'application_list',
  text: `select client_id as "clientId", name, type, origins, scopes, secret_hash as "secretHash", jwks from application
         order by created_at, client_id`,
};
const POLICY = {
  name: 'policy_active',
  text: 'select p.version, p.document from policy_version p join tenant t on t.tenant = p.tenant and t.policy_version = p.version',
};
const OPERATORS = { name: 'operator_list', text: 'select subject, roles from operator order by added_at, subject' };
const OTHER_KEYS = { name: 'snapshots_of_other_keys', text: 'select tenant from snapshots_of_other_keys($1)' };

/** What the control plane reads. */
export class Directory {
  constructor(private readonly database: Database) {}

  /** @throws `tenant_unknown` */
  async bySlug(slug: string): Promise<{ tenant: string; rpId: string }> {
    const { rows } = await this.database.query<{ tenant: string; rpId: string }>(BY_SLUG, [slug]);
    if (!rows[0]) throw refuse('tenant_unknown');
    return rows[0];
  }

  /** Tenants in the order of their slugs, after one of them. */
  async page(after: string, limit: number): Promise<KnownTenant[]> {
    const { rows } = await this.database.query<KnownTenant>(PAGE, [after, limit]);
    return rows;
  }

  applications = (tenant: string): Promise<(Application & { secretHash: string | null })[]> =>
    this.read(tenant, APPLICATIONS);

  operators = (tenant: string): Promise<NewOperator[]> => this.read(tenant, OPERATORS);

  async activePolicy(tenant: string): Promise<{ version: number; document: Policy }> {
    const [active] = await this.read<{ version: number; document: Policy }>(tenant, POLICY);
    return active!;
  }

  /** Tenants whose snapshot another key than this one signed. */
  async signedByOthers(keyId: string): Promise<string[]> {
    const { rows } = await this.database.query<{ tenant: string }>(OTHER_KEYS, [keyId]);
    return rows.map(({ tenant }) => tenant);
  }

  private async read<T>(tenant: string, statement: { name: string; text: string }): Promise<T[]> {
    const { rows } = await this.database.inTenant(tenant, (tx) => tx.query<T>(statement));
    return rows;
  }
}
