import { prismaFor, prismaInTenant, type Database } from '@countersign/database';
import { refuse } from '@countersign/kernel';
import type { NewApplication } from '../domain/application.js';
import type { NewOperator } from '../domain/operator.js';
import type { PublicKeySet } from '../domain/public-keys.js';
import { PrismaClient } from './prisma/client.js';

export interface RegisteredApplication extends NewApplication {
  clientId: string;
  hasSecret: boolean;
}

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
const OTHER_KEYS = { name: 'snapshots_of_other_keys', text: 'select tenant from snapshots_of_other_keys($1)' };

/** What the control plane reads: of one tenant through Prisma, across tenants through the functions made for it. */
export class Directory {
  private readonly prisma: PrismaClient;

  constructor(private readonly database: Database) {
    this.prisma = prismaFor(PrismaClient, database);
  }

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

  /** In the order of their registration; what proves a server stays a hash or a public key. */
  async applications(tenant: string): Promise<RegisteredApplication[]> {
    const orderBy = [{ createdAt: 'asc' }, { clientId: 'asc' }] as const;
    const rows = await prismaInTenant(this.prisma, tenant, (tx) => tx.application.findMany({ orderBy: [...orderBy] }));
    return rows.map(({ clientId, name, type, origins, scopes, secretHash, jwks }) => {
      const keys = jwks === null ? {} : { jwks: jwks as unknown as PublicKeySet };
      const application = { clientId, name, type: type as RegisteredApplication['type'], origins, scopes, ...keys };
      return { ...application, hasSecret: secretHash !== null };
    });
  }

  /** In the order in which they were added. */
  operators(tenant: string): Promise<NewOperator[]> {
    const select = { subject: true, roles: true } as const;
    return prismaInTenant(this.prisma, tenant, (tx) =>
      tx.operator.findMany({ select, orderBy: [{ addedAt: 'asc' }, { subject: 'asc' }] }),
    );
  }

  async activePolicy(tenant: string): Promise<{ version: number; document: unknown }> {
    const { active } = await prismaInTenant(this.prisma, tenant, (tx) =>
      tx.tenant.findUniqueOrThrow({ where: { tenant }, select: { active: true } }),
    );
    return { version: active.version, document: active.document };
  }

  /** Tenants whose snapshot another key than this one signed. */
  async signedByOthers(keyId: string): Promise<string[]> {
    const { rows } = await this.database.query<{ tenant: string }>(OTHER_KEYS, [keyId]);
    return rows.map(({ tenant }) => tenant);
  }
}
