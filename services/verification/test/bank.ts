import { enrollment, session, verification, type ServiceName } from '@countersign/contracts';
import { service as challengeService } from '@countersign/challenge';
import { withClient } from '@countersign/database';
import { service as enrollmentService } from '@countersign/enrollment';
import { actionHash, sha256, toBase64Url, uuidv7, type ActionDocument } from '@countersign/kernel';
import {
  withToken,
  type CallMeta,
  type Channel,
  type InProcessNetwork,
  type RpcClient,
  type StartedService,
} from '@countersign/platform';
import type { TenantSnapshot } from '@countersign/policy';
import { service as riskService } from '@countersign/risk';
import { ReplicaNetwork, TestInstallation, type RecordedEvent } from '@countersign/service-testing';
import { service as sessionService } from '@countersign/session';
import { SoftAuthenticator, type AlterAssertion, type SoftAuthenticatorOptions } from '@countersign/testing';
import { setTimeout as sleep } from 'node:timers/promises';
import { service } from '../src/index.js';

export const ORIGIN = 'http://localhost:8401';
export const FROM = { address: '203.0.113.77', userAgent: 'CanaryBrowser/9.9', platform: 'macos', origin: ORIGIN };
export const Rpc = verification.VerificationServiceService;

const SECRET = 'the bank server’s secret';
const SERVICES: ServiceName[] = ['challenge', 'session', 'enrollment', 'risk', 'verification'];
const SCOPES = ['subjects:write', 'subjects:read', 'grants:redeem', 'introspect'];

type Client = RpcClient<typeof Rpc>;
type RequestOptions = Parameters<SoftAuthenticator['authenticate']>[0];

/** A second replica of verification; the neighbours are those of the first. */
class CountingNetwork extends ReplicaNetwork {
  /** Methods the replica called at its neighbours, in order. */
  readonly called: string[] = [];

  constructor(first: InProcessNetwork) {
    super(first, 'verification');
  }

  override channel(...[from, to]: Parameters<InProcessNetwork['channel']>): Channel {
    const channel = super.channel(from, to);
    if (to === 'verification') return channel;
    const send: Channel['send'] = (call) => {
      this.called.push(call.path.split('/').at(-1)!);
      return channel.send(call);
    };
    return { send };
  }
}

export interface Customer {
  subject: string;
  reference: string;
  device: string;
  credentialId: string;
  authenticator: SoftAuthenticator;
}

/** A bank with every service a login touches, all of them real, and verification in two replicas. */
export class Bank {
  readonly replicas: [Client, Client];

  private constructor(
    readonly installation: TestInstallation,
    public tenant: TenantSnapshot,
    private readonly running: Map<ServiceName, StartedService>,
    private readonly other: CountingNetwork,
  ) {
    this.replicas = [installation.client('gateway', Rpc), installation.client('gateway', Rpc, other)];
  }

  /** @param settings of a service beyond the common ones */
  static async open(policy: unknown = {}, settings: (name: ServiceName) => object = () => ({})): Promise<Bank> {
    const installation = await TestInstallation.open(SERVICES);
    const running = new Map<ServiceName, StartedService>();
    running.set('challenge', await installation.start(challengeService, { ...settings('challenge') }));
    const publicUrl = 'http://localhost:8400';
    running.set('session', await installation.start(sessionService, { publicUrl, ...settings('session') }));
    running.set('enrollment', await installation.start(enrollmentService, { ...settings('enrollment') }));
    running.set('risk', await installation.start(riskService));
    const own = { riskDeadlineMs: 2_000, ...settings('verification') };
    running.set('verification', await installation.start(service, own));
    const other = new CountingNetwork(installation.network);
    await installation.start(service, own, other);
    return new Bank(installation, await installation.tenant(described(policy)), running, other);
  }

  call = (): CallMeta => this.installation.call();

  /** What the second replica asked of its neighbours while `work` ran, but for what runs in the background. */
  async hops(work: () => Promise<unknown>): Promise<string[]> {
    this.other.called.length = 0;
    await work();
    return this.other.called.filter((method) => !['Watch', 'Keys', 'TenantKeys'].includes(method));
  }

  /** Opens sealed details as the person they belong to. */
  async opened(accessToken: string, source: ServiceName, event: RecordedEvent): Promise<unknown> {
    const [row] = await this.rows<{ sealed: Buffer }>(
      `select sealed from ${source}.outbox where event_id = '${event.id}'`,
    );
    const Open = enrollment.EnrollmentServiceService;
    const details = [{ event: event.id, sealed: row!.sealed, commitment: event.personal!.c, keyId: event.personal!.k }];
    const call = await this.checked(accessToken, Open.openDetails, '');
    const answer = await this.installation.client('gateway', Open).openDetails({ details }, call);
    return JSON.parse(answer.details[0]!);
  }

  /** Puts another policy in force. */
  async decide(policy: unknown): Promise<void> {
    this.tenant = await this.installation.tenant({ ...described(policy), tenant: this.tenant.tenant });
    const { tenant, version } = this.tenant;
    const held = `select 1 from verification.snapshot v join session.snapshot s using (tenant)
                   where tenant = '${tenant}' and v.version = ${version} and s.version = ${version}`;
    while ((await this.rows(held)).length === 0) await sleep(20);
    // The row is shared by both replicas; the other one hears of it in the same moment.
    await sleep(100);
  }

  /** Stops a service for as long as `work` takes; it is then served again. */
  async without<T>(name: ServiceName, work: () => Promise<T>): Promise<T> {
    await this.running.get(name)!.stop();
    try {
      return await work();
    } finally {
      this.running.set(name, await this.installation.start(riskService));
    }
  }

  async customer(options: SoftAuthenticatorOptions = {}): Promise<Customer> {
    const authenticator = new SoftAuthenticator(options);
    const reference = `customer ${uuidv7()}`;
    const client = this.installation.client('gateway', enrollment.EnrollmentServiceService);
    const created = { reference, displayName: 'Ada', idempotencyKey: '', tenant: '' };
    const Enroll = enrollment.EnrollmentServiceService;
    const { subject } = await client.createSubject(
      created,
      await this.asServer(Enroll.createSubject, 'subjects:write'),
    );
    const { ticket } = await client.issueTicket(
      { subject, withPin: false, tenant: '' },
      await this.asServer(Enroll.issueTicket, 'subjects:write'),
    );
    const opened = { clientId: 'bank-app', ticket, pin: '', origin: FROM };
    const { binding } = await client.openTicket(opened, this.call());
    const begun = await client.beginWithTicket({ clientId: 'bank-app', binding, origin: FROM }, this.call());
    const answer = authenticator.register(JSON.parse(begun.options), { origin: ORIGIN });
    const completed = { clientId: 'bank-app', binding, credential: JSON.stringify(answer), name: '', origin: FROM };
    const { credential } = await client.completeWithTicket(completed, this.call());
    return { subject, reference, device: credential!.id, credentialId: credential!.credentialId, authenticator };
  }

  /** Request options for a sign-in, by name or without. */
  async options(userName = '', clientId = 'bank-app', replica = 0): Promise<RequestOptions> {
    const { options } = await this.replicas[replica]!.beginAuthentication(
      { clientId, userName, origin: FROM },
      this.call(),
    );
    return JSON.parse(options) as RequestOptions;
  }

  complete(
    credential: unknown,
    clientId = 'bank-app',
    replica = 0,
  ): Promise<verification.CompleteAuthenticationResponse> {
    const request = { clientId, credential: JSON.stringify(credential), origin: FROM, proof: undefined };
    return this.replicas[replica]!.completeAuthentication(request, this.call());
  }

  async signIn(
    { authenticator, reference }: Pick<Customer, 'authenticator' | 'reference'>,
    { named = false, alter = {} as AlterAssertion, clientId = 'bank-app' } = {},
  ): Promise<verification.CompleteAuthenticationResponse> {
    const options = await this.options(named ? reference : '', clientId);
    return this.complete(authenticator.authenticate(options, { origin: ORIGIN, alter }), clientId);
  }

  /** The call of a person who is signed in, as the gateway makes it. */
  asPerson = (accessToken: string, method: { path: string }): Promise<CallMeta> =>
    this.checked(accessToken, method, '');

  async asServer(method: { path: string }, scope: string): Promise<CallMeta> {
    const sessions = this.installation.client('gateway', session.SessionServiceService);
    const credential = { $case: 'clientSecret', value: SECRET } as const;
    const request = { tenant: '', clientId: 'bank-server', credential, scope, proof: undefined };
    const { accessToken } = await sessions.clientToken(request, this.call());
    return this.checked(accessToken, method, scope);
  }

  async stepUpOptions(accessToken: string, action?: ActionDocument): Promise<RequestOptions> {
    const bound = action && { name: action.name, hash: actionHash(action) };
    const call = await this.asPerson(accessToken, Rpc.beginStepUp);
    const { options } = await this.replicas[0].beginStepUp({ action: bound, origin: FROM }, call);
    return JSON.parse(options) as RequestOptions;
  }

  async completeStepUp(accessToken: string, credential: unknown): Promise<verification.CompleteStepUpResponse> {
    const call = await this.asPerson(accessToken, Rpc.completeStepUp);
    return this.replicas[0].completeStepUp({ credential: JSON.stringify(credential), origin: FROM }, call);
  }

  async stepUp(accessToken: string, authenticator: SoftAuthenticator, action?: ActionDocument) {
    const options = await this.stepUpOptions(accessToken, action);
    return this.completeStepUp(accessToken, authenticator.authenticate(options, { origin: ORIGIN }));
  }

  async redeem(grant: string, action: ActionDocument, replica = 0): Promise<verification.RedeemGrantResponse> {
    const call = await this.asServer(Rpc.redeemGrant, 'grants:redeem');
    return this.redeemWith(call, grant, action, replica);
  }

  redeemWith = (call: CallMeta, grant: string, action: ActionDocument, replica = 0) =>
    this.replicas[replica]!.redeemGrant({ grant, action: { name: action.name, hash: actionHash(action) } }, call);

  async lastEvent(source: ServiceName, type: string): Promise<RecordedEvent> {
    return (await this.installation.events(source)).filter((event) => event.type === type).at(-1)!;
  }

  rows = <T extends object>(sql: string): Promise<T[]> =>
    withClient(this.installation.database.adminUrl, async (client) => (await client.query<T>(sql)).rows);

  metrics = (name: ServiceName = 'verification'): Promise<string> => this.running.get(name)!.metrics.registry.metrics();

  stop = (): Promise<void> => this.installation.stop();

  private async checked(bearer: string, method: { path: string }, requiredScope: string): Promise<CallMeta> {
    const request = session.CheckRequest.fromPartial({
      presented: { $case: 'bearer', value: bearer },
      method: method.path,
      origin: FROM,
      requiredScope,
    });
    const sessions = this.installation.client('gateway', session.SessionServiceService);
    const { callerToken } = await sessions.check(request, this.call());
    return withToken(this.call(), callerToken);
  }
}

const described = (policy: unknown) => ({
  slug: 'bank',
  policy,
  applications: [
    { clientId: 'bank-app', type: 'native' as const, origins: [ORIGIN] },
    { clientId: 'bank-web', type: 'web' as const, origins: [ORIGIN] },
    {
      clientId: 'bank-server',
      type: 'server' as const,
      origins: [],
      scopes: SCOPES,
      secretHash: toBase64Url(sha256(SECRET)),
    },
  ],
});

export const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'passed',
    (error: { code?: string }) => error.code ?? String(error),
  );
