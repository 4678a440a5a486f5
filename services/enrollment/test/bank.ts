import { enrollment, type ServiceName } from '@countersign/contracts';
import { withClient } from '@countersign/database';
import { uuidv7, type ActionDocument } from '@countersign/kernel';
import { InProcessNetwork, withToken, type RpcClient, type StartedService } from '@countersign/platform';
import type { TenantSnapshot } from '@countersign/policy';
import { TestInstallation, type RecordedEvent, type TestTenant } from '@countersign/service-testing';
import { SoftAuthenticator, type SoftAuthenticatorOptions } from '@countersign/testing';
import type { PublicKeyCredentialCreationOptionsJSON } from '@countersign/webauthn';
import { service as challengeService } from '@countersign/challenge';
import { service } from '../src/index.js';
import { SessionDouble, type SignedIn } from './session-double.js';

const Rpc = enrollment.EnrollmentServiceService;
type Client = RpcClient<typeof Rpc>;
type Method = keyof typeof Rpc;

export const ORIGIN = 'http://localhost:8401';
export const FROM = { address: '203.0.113.77', userAgent: 'CanaryBrowser/9.9', platform: 'macos', origin: ORIGIN };

/** A person of the bank with one enrolled device, signed in by it. */
export interface Customer extends SignedIn {
  reference: string;
  device: string;
  credentialId: string;
  authenticator: SoftAuthenticator;
}

/** A bank with this service and challenge running for real, in two replicas, and a double of session. */
export class Bank {
  /** Clients of the two replicas, under the gateway's name. */
  readonly replicas: [Client, Client];

  private constructor(
    readonly installation: TestInstallation,
    readonly session: SessionDouble,
    readonly tenant: TenantSnapshot,
    private readonly first: StartedService,
    private readonly other: InProcessNetwork,
  ) {
    this.replicas = [installation.client('gateway', Rpc), installation.client('gateway', Rpc, other)];
  }

  /**
   * @param settings of the first replica, beyond the common ones
   * @param also further services whose schemas are needed
   */
  static async open(
    policy: unknown = {},
    settings: Record<string, unknown> = {},
    also: ServiceName[] = [],
  ): Promise<Bank> {
    const installation = await TestInstallation.open(['enrollment', 'challenge', 'session', ...also]);
    const other = new InProcessNetwork();
    const session = await SessionDouble.start(installation.network, other);
    await installation.start(challengeService);
    const first = await installation.start(service, settings);
    const tenant = await installation.tenant(tenantNamed('bank', policy));
    await installation.start(challengeService, {}, other);
    await installation.start(service, {}, other);
    return new Bank(installation, session, tenant, first, other);
  }

  get clientId(): string {
    return this.tenant.applications[0]!.clientId;
  }

  get gateway(): Client {
    return this.replicas[0];
  }

  /** Clients of the two replicas under verification's name. */
  get verification(): Client {
    return this.installation.client('verification', Rpc);
  }

  get otherVerification(): Client {
    return this.installation.client('verification', Rpc, this.other);
  }

  call = () => this.installation.call();

  /** As the bank's server. */
  async asServer<M extends Method>(
    method: M,
    request: Parameters<Client[M]>[0],
    { tenant = this.tenant.tenant, scope = 'subjects:write subjects:read' } = {},
  ): Promise<Awaited<ReturnType<Client[M]>>> {
    const token = await this.session.server(tenant, scope, Rpc[method].path);
    return this.send(method, request, token, this.gateway);
  }

  /** As a person who is signed in. */
  async asPerson<M extends Method>(
    who: SignedIn,
    method: M,
    request: Parameters<Client[M]>[0],
    replica: 0 | 1 = 0,
  ): Promise<Awaited<ReturnType<Client[M]>>> {
    return this.send(method, request, await this.session.person(who, Rpc[method].path), this.replicas[replica]);
  }

  private send<M extends Method>(method: M, request: Parameters<Client[M]>[0], token: string, client: Client) {
    const invoke = client[method] as (request: unknown, call: unknown) => Promise<Awaited<ReturnType<Client[M]>>>;
    return invoke(request, withToken(this.call(), token));
  }

  async subject(
    reference = `customer ${uuidv7()}`,
    displayName = 'Ada',
  ): Promise<{ subject: string; reference: string }> {
    const { subject } = await this.asServer('createSubject', {
      reference,
      displayName,
      idempotencyKey: '',
      tenant: '',
    });
    return { subject, reference };
  }

  /** An opened ticket's binding. */
  async binding(subject: string, clientId = this.clientId): Promise<string> {
    const { ticket } = await this.asServer('issueTicket', { subject, withPin: false, tenant: '' });
    return (await this.openTicket(ticket, '', 0, clientId)).binding;
  }

  openTicket = (ticket: string, pin = '', replica: 0 | 1 = 0, clientId = this.clientId) =>
    this.replicas[replica].openTicket({ clientId, ticket, pin, origin: FROM }, this.call());

  async options(
    binding: string,
    replica: 0 | 1 = 0,
    clientId = this.clientId,
  ): Promise<PublicKeyCredentialCreationOptionsJSON> {
    const request = { clientId, binding, origin: FROM };
    const { options } = await this.replicas[replica].beginWithTicket(request, this.call());
    return JSON.parse(options) as PublicKeyCredentialCreationOptionsJSON;
  }

  complete = async (
    binding: string,
    credential: unknown,
    replica: 0 | 1 = 0,
    name = '',
    clientId = this.clientId,
  ): Promise<enrollment.CompleteWithTicketResponse> => {
    const request = { clientId, binding, credential: JSON.stringify(credential), name, origin: FROM };
    return this.replicas[replica].completeWithTicket(request, this.call());
  };

  /** A customer with one device. */
  async customer(
    options: SoftAuthenticatorOptions = {},
    reference?: string,
    clientId = this.clientId,
  ): Promise<Customer> {
    const authenticator = new SoftAuthenticator(options);
    const { subject, reference: known } = await this.subject(reference);
    const binding = await this.binding(subject, clientId);
    const answer = authenticator.register(await this.options(binding, 0, clientId), { origin: ORIGIN });
    const { credential } = await this.complete(binding, answer, 0, '', clientId);
    const { tenant } = this.tenant;
    const { pseudonym } = await this.verification.getCredentials(
      { tenant, by: { $case: 'credentialId', value: answer.id } },
      this.call(),
    );
    const who = { tenant, clientId, subject, pseudonym, session: uuidv7(), reference: known };
    return { ...who, device: credential!.id, credentialId: credential!.credentialId, authenticator };
  }

  grant = (who: Customer, action: ActionDocument, changes: Record<string, unknown> = {}): Promise<string> =>
    this.session.grant(who, who.device, action, changes);

  list = async (who: SignedIn) => (await this.asPerson(who, 'listCredentials', {})).credentials;

  events = async (type: string, about?: string): Promise<RecordedEvent[]> =>
    (await this.installation.events('enrollment')).filter((e) => e.type === type && (!about || e.subject === about));

  /** Reads as the superuser: through row-level security. */
  rows = <T extends object>(sql: string, values: unknown[] = []): Promise<T[]> =>
    withClient(this.installation.database.adminUrl, async (client) => (await client.query<T>(sql, values)).rows);

  /** Of the first replica, as Prometheus reads them. */
  metrics = (): Promise<string> => this.first.metrics.registry.metrics();

  /** The next policy of this bank. */
  change = (policy: unknown): Promise<TenantSnapshot> =>
    this.installation.tenant({ ...tenantNamed('bank', policy), tenant: this.tenant.tenant });

  /** Another bank in the same installation. */
  neighbour = (policy: unknown = {}): Promise<TenantSnapshot> =>
    this.installation.tenant(tenantNamed(`bank-${uuidv7().slice(-6)}`, policy));

  stop = (): Promise<void> => this.installation.stop();
}

const tenantNamed = (slug: string, policy: unknown): TestTenant => ({
  slug,
  policy,
  applications: [{ origins: [ORIGIN] }, { origins: [ORIGIN] }],
});
