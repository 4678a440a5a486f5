import { setTimeout as sleep } from 'node:timers/promises';
import { session, type ServiceName } from '@countersign/contracts';
import { sha256, toBase64Url, uuidv7 } from '@countersign/kernel';
import {
  withToken,
  type CallMeta,
  type InProcessNetwork,
  type RpcClient,
  type StartedService,
} from '@countersign/platform';
import type { TenantSnapshot } from '@countersign/policy';
import { ReplicaNetwork, TestInstallation, type RecordedEvent } from '@countersign/service-testing';
import { service } from '../src/index.js';

export const { SessionServiceService } = session;
export type Client = RpcClient<typeof SessionServiceService>;
export type Established = session.EstablishResponse;

export const PUBLIC_URL = 'https://auth.example';
export const ORIGIN = 'https://bank.example';
export const SECRET = 'secret of the bank server, 256 random bits in life';

/** A key set with which a test's bank server signs assertions. */
export type Jwks = { keys: Record<string, unknown>[] };

/** Two replicas of the service on one database and one key file, and a bank with an application of each type. */
export class House {
  private constructor(
    readonly installation: TestInstallation,
    readonly other: InProcessNetwork,
    readonly replicas: StartedService[],
    readonly bank: TenantSnapshot,
  ) {}

  /**
   * @param settings of the one replica and of the other
   * @param also further services whose schemas are needed
   */
  static async open(
    policy: unknown = {},
    jwks?: Jwks,
    settings: [object, object] = [{}, {}],
    also: ServiceName[] = [],
  ): Promise<House> {
    const installation = await TestInstallation.open(['session', ...also]);
    const other = new ReplicaNetwork(installation.network, 'session');
    const bank = await installation.control.publish(described('bank', policy, jwks));
    const replicas = [
      await installation.start(service, { publicUrl: PUBLIC_URL, ...settings[0] }),
      await installation.start(service, { publicUrl: PUBLIC_URL, ...settings[1] }, other),
    ];
    const house = new House(installation, other, replicas, bank);
    await house.until(async () => (await house.as('gateway').issuer({ tenant: 'bank' }, house.call())).issuer !== '');
    await house.until(
      async () => (await house.as('gateway', 1).issuer({ tenant: 'bank' }, house.call())).issuer !== '',
    );
    return house;
  }

  call = (): CallMeta => this.installation.call();

  /** Client of one of the two replicas. */
  as(from: 'gateway' | 'verification' | 'enrollment' | 'audit', replica = 0): Client {
    return this.installation.client(from, SessionServiceService, replica === 0 ? undefined : this.other);
  }

  async until(condition: () => Promise<boolean>): Promise<void> {
    for (const end = Date.now() + 30_000; Date.now() < end; await sleep(25))
      if (await condition().catch(() => false)) return;
    throw new Error('did not come true within 30 s');
  }

  /** Publishes a further tenant; both replicas hold it. */
  async tenant(...[described]: Parameters<TestInstallation['tenant']>): Promise<TenantSnapshot> {
    const snapshot = await this.installation.tenant(described);
    for (const replica of [0, 1])
      await this.until(async () => {
        const { issuer } = await this.as('gateway', replica).issuer({ tenant: described.slug }, this.call());
        return issuer !== '';
      });
    return snapshot;
  }

  /** An authentication as verification reports it. */
  proof(changes: Partial<session.EstablishRequest> = {}): session.EstablishRequest {
    return session.EstablishRequest.fromPartial({
      tenant: this.bank.tenant,
      subject: uuidv7(),
      pseudonym: 'p_someone',
      clientId: 'bank-web',
      credential: uuidv7(),
      amr: ['hwk', 'user', 'mfa', 'pop'],
      acr: 'phr',
      authTime: BigInt(Math.floor(Date.now() / 1000)),
      risk: { score: 5, level: 'LOW', action: 'allow', reasons: ['device.known'] },
      policyVersion: 1,
      platform: 'macos',
      ceremonyStartedAt: BigInt(Date.now()),
      ...changes,
    });
  }

  establish(changes: Partial<session.EstablishRequest> = {}, replica = 0): Promise<Established> {
    return this.as('verification', replica).establish(this.proof(changes), this.call());
  }

  native(changes: Partial<session.EstablishRequest> = {}): Promise<Established> {
    return this.establish({ clientId: 'bank-app', ...changes });
  }

  check(
    presented: Presented,
    changes: Partial<session.CheckRequest> = {},
    replica = 0,
  ): Promise<session.CheckResponse> {
    return this.as('gateway', replica).check(checkRequest(presented, changes), this.call());
  }

  /** Calls a method as the gateway does: checks first, then hands the caller token on. */
  async acting(
    presented: Presented,
    method: { path: string },
    replica = 0,
  ): Promise<{ client: Client; call: CallMeta }> {
    const { callerToken } = await this.check(presented, { method: method.path, safe: true }, replica);
    return { client: this.as('gateway', replica), call: withToken(this.call(), callerToken) };
  }

  async serverToken(scope = ''): Promise<string> {
    const credential = { $case: 'clientSecret', value: SECRET } as const;
    const request = { tenant: '', clientId: 'bank-server', credential, scope, proof: undefined };
    return (await this.as('gateway').clientToken(request, this.call())).accessToken;
  }

  async introspect(token: string, action = '', replica = 0): Promise<session.IntrospectResponse> {
    const presented = { bearer: await this.serverToken('introspect') };
    const { client, call } = await this.acting(presented, SessionServiceService.introspect, replica);
    return client.introspect({ token, action }, call);
  }

  events = (): Promise<RecordedEvent[]> => this.installation.events('session');

  async lastEvent(type: string): Promise<RecordedEvent | undefined> {
    return (await this.events()).filter((event) => event.type === type).at(-1);
  }

  close = (): Promise<void> => this.installation.stop();
}

export type Presented = { bearer: string } | { cookie: string } | { dpop: string } | undefined;

export function checkRequest(presented: Presented, changes: Partial<session.CheckRequest> = {}): session.CheckRequest {
  const request = session.CheckRequest.fromPartial({
    method: SessionServiceService.listSessions.path,
    safe: true,
    origin: { origin: ORIGIN, address: '203.0.113.7', userAgent: 'Test', platform: 'macos' },
  });
  return { ...request, presented: shown(presented), ...changes };
}

function shown(presented: Presented): session.CheckRequest['presented'] {
  if (!presented) return undefined;
  if ('bearer' in presented) return { $case: 'bearer', value: presented.bearer };
  return 'dpop' in presented ? { $case: 'dpop', value: presented.dpop } : { $case: 'cookie', value: presented.cookie };
}

export const described = (slug: string, policy: unknown = {}, jwks?: Jwks) => ({
  slug,
  policy,
  applications: [
    { clientId: `${slug}-web`, type: 'web' as const, origins: [ORIGIN] },
    { clientId: `${slug}-app`, type: 'native' as const, origins: [] },
    {
      clientId: `${slug}-server`,
      type: 'server' as const,
      origins: [],
      scopes: ['introspect', 'subjects:read', 'subjects:write'],
      secretHash: toBase64Url(sha256(SECRET)),
      ...(jwks && { jwks }),
    },
  ],
});

/** The unverified payload of a JWS. */
export const claimsOf = (token: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString('utf8')) as Record<string, unknown>;

export const headerOf = (token: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString('utf8')) as Record<string, unknown>;
