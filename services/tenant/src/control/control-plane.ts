import { refuse, uuidv7 } from '@countersign/kernel';
import { checkApplicationsKnown, operatorRoles, readPolicy, serverScopes } from '@countersign/policy';
import {
  changeApplication,
  checkApplication,
  type ApplicationChange,
  type ApplicationRequest,
  type NewApplication,
} from '../domain/application.js';
import { newClientSecret } from '../domain/client-secret.js';
import { refuseFaults } from '../domain/fault.js';
import { checkOperator, type NewOperator } from '../domain/operator.js';
import { checkRegistrableLabels } from '../domain/registrable-labels.js';
import { checkTenant, type NewTenant } from '../domain/tenant.js';
import type { Changes } from '../store/changes.js';
import type { Directory, KnownTenant, RegisteredApplication } from '../store/directory.js';
import type { SnapshotSigner } from '../store/snapshot-signer.js';
import {
  applicationOf,
  changeApplicationRow,
  insertApplication,
  insertPolicy,
  insertTenant,
  originsOf,
  putOperator,
} from '../store/tenant-rows.js';
import { OPERATORS_CLIENT } from './platform-tenant.js';
import { registrableLabel } from './registrable-label.js';

/** A registered application; `secret` is told here and never again. */
export interface Registered extends NewApplication {
  clientId: string;
  secret?: string;
}

/** An application as it is after a change, and whether that differs from before. */
export type Updated = RegisteredApplication & { changed: boolean };

const FOLLOWS_SETTINGS = {
  path: 'clientId',
  message: 'the operators’ application follows the settings of this service',
};

/** What operators of the installation change. Each method is one change, with its snapshot and its event, or none. */
export class ControlPlane {
  constructor(
    private readonly directory: Directory,
    private readonly changes: Changes,
    private readonly signer: SnapshotSigner,
  ) {}

  /** A tenant with the strict default policy as version 1. @throws `tenant_invalid`, `tenant_slug_taken` */
  async createTenant(made: NewTenant, request: string): Promise<KnownTenant> {
    checkTenant(made);
    const tenant = uuidv7();
    return this.changes.make(tenant, async (tx) => {
      const createdAt = await insertTenant(tx, tenant, made, readPolicy('{}'));
      if (!createdAt) throw refuse('tenant_slug_taken');
      const facts = { slug: made.slug, rpId: made.rpId };
      return { result: { ...made, tenant, createdAt }, event: { type: 'tenant.created', request, facts } };
    });
  }

  /** @throws `tenant_unknown`, `application_invalid`, `tenant_too_large` */
  async createApplication(slug: string, wanted: ApplicationRequest, request: string): Promise<Registered> {
    const { tenant, rpId } = await this.directory.bySlug(slug);
    const application = checkApplication(wanted, rpId, serverScopes);
    const secret = wanted.withSecret ? newClientSecret() : undefined;
    const clientId = uuidv7();
    return this.changes.make(tenant, async (tx) => {
      checkRegistrableLabels(await originsOf(tx, tenant), application.origins, registrableLabel);
      await insertApplication(tx, tenant, clientId, application, secret?.hash);
      return {
        result: { ...application, clientId, ...(secret && { secret: secret.secret }) },
        event: { type: 'application.created', request, client: clientId, facts: { type: application.type } },
      };
    });
  }

  /**
   * Replaces what may change of an application. Without a difference nothing is signed and nothing recorded.
   * @throws `tenant_unknown`, `application_unknown`, `application_invalid`, `tenant_too_large`
   */
  async updateApplication(
    slug: string,
    clientId: string,
    wanted: ApplicationChange,
    request: string,
  ): Promise<Updated> {
    const { tenant, rpId } = await this.directory.bySlug(slug);
    if (clientId === OPERATORS_CLIENT) refuseFaults('application_invalid', [FOLLOWS_SETTINGS]);
    return this.changes.make(tenant, async (tx) => {
      const known = await applicationOf(tx, tenant, clientId);
      if (!known) throw refuse('application_unknown');
      const { application, changed, keepsSecret } = changeApplication(known, wanted, rpId, serverScopes);
      const result = { ...application, clientId, hasSecret: keepsSecret, changed: changed.length > 0 };
      if (changed.length === 0) return { result };
      checkRegistrableLabels(await originsOf(tx, tenant, clientId), application.origins, registrableLabel);
      await changeApplicationRow(tx, tenant, clientId, application, keepsSecret);
      const facts = { changed: changed.join(' ') };
      return { result, event: { type: 'application.changed', request, client: clientId, facts } };
    });
  }

  /** @returns the version now in force @throws `tenant_unknown`, `policy_invalid`, `policy_conflict`, `tenant_too_large` */
  async putPolicy(slug: string, document: string, basedOn: number, request: string): Promise<number> {
    const { tenant } = await this.directory.bySlug(slug);
    const policy = readPolicy(document);
    const applications = await this.directory.applications(tenant);
    checkApplicationsKnown(
      policy,
      applications.map(({ clientId }) => clientId),
    );
    return this.changes.make(tenant, async (tx) => {
      if (!(await insertPolicy(tx, tenant, basedOn, policy))) throw refuse('policy_conflict');
      return {
        result: basedOn + 1,
        event: { type: 'policy.activated', request, facts: { replaces: String(basedOn) } },
      };
    });
  }

  /** Adds an operator, or replaces the roles of one. @throws `tenant_unknown`, `operator_invalid`, `tenant_too_large` */
  async addOperator(slug: string, operator: NewOperator, request: string): Promise<void> {
    const { tenant } = await this.directory.bySlug(slug);
    checkOperator(operator, operatorRoles);
    await this.changes.make(tenant, async (tx) => {
      await putOperator(tx, tenant, operator);
      return {
        result: undefined,
        event: { type: 'operator.added', request, facts: { roles: operator.roles.join(' ') } },
      };
    });
  }

  /** Signs again what a replaced key signed. A signature is a new version, or services would keep the one they hold. */
  async signAgain(request: string): Promise<{ signed: number; keyId: string }> {
    const keyId = await this.signer.keyId();
    const tenants = await this.directory.signedByOthers(keyId);
    for (const tenant of tenants) {
      const event = { type: 'snapshot.resigned', request, facts: { key: keyId } } as const;
      await this.changes.make(tenant, () => Promise.resolve({ result: undefined, event }));
    }
    return { signed: tenants.length, keyId };
  }
}
