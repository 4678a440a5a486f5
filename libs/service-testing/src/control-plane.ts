import { tenant } from '@countersign/contracts';
import { uuidv7 } from '@countersign/kernel';
import { MemoryBacking, SoftwareKeyStore, TokenSigner, jwksOf, type Jwks } from '@countersign/keys';
import { Dispatcher, ServiceMetrics, createLog, type InProcessNetwork } from '@countersign/platform';
import { SNAPSHOT_TOKEN, parsePolicy, type Application, type TenantSnapshot } from '@countersign/policy';
import { setTimeout as sleep } from 'node:timers/promises';

/** A tenant as tests describe it; the rest takes the strict defaults. */
export interface TestTenant {
  slug: string;
  rpId?: string;
  policy?: unknown;
  applications?: Partial<Application>[];
  operators?: TenantSnapshot['operators'];
  tenant?: string;
}

/** Stands in for the tenant service: signs snapshots with a real key and lets the services watch them. */
export class TestControlPlane {
  private readonly published: { sequence: bigint; jws: string }[] = [];
  private readonly versions = new Map<string, number>();

  private constructor(
    private readonly signer: TokenSigner,
    readonly jwks: Jwks,
  ) {}

  static async start(network: InProcessNetwork): Promise<TestControlPlane> {
    const keys = new SoftwareKeyStore('memory', new MemoryBacking());
    await keys.create('snapshot', 'sign');
    const plane = new TestControlPlane(new TokenSigner(keys, 'snapshot'), await jwksOf(keys, 'snapshot'));
    await network.serve('tenant', plane.dispatcher());
    return plane;
  }

  /** Publishes the next version of a tenant's snapshot and answers with it. */
  async publish(described: TestTenant): Promise<TenantSnapshot> {
    const id = described.tenant ?? uuidv7();
    const version = (this.versions.get(id) ?? 0) + 1;
    this.versions.set(id, version);
    const snapshot: TenantSnapshot = {
      tenant: id,
      slug: described.slug,
      name: described.slug,
      rpId: described.rpId ?? 'localhost',
      version,
      policyVersion: version,
      policy: parsePolicy(described.policy ?? {}),
      applications: (described.applications ?? []).map((each, index) => ({
        clientId: `${described.slug}-${index}`,
        name: `application ${index}`,
        type: 'web',
        origins: ['http://localhost:8401'],
        scopes: [],
        ...each,
      })),
      operators: described.operators ?? [],
    };
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: SNAPSHOT_TOKEN.issuer, aud: 'countersign', iat: now, exp: now + 3_600, snapshot };
    this.publishJws(await this.signer.sign(SNAPSHOT_TOKEN.typ, claims));
    return snapshot;
  }

  /** Of the newest that was published. */
  get sequence(): number {
    return this.published.length;
  }

  /** Publishes bytes as they are, also what no service should accept. */
  publishJws(jws: string): void {
    this.published.push({ sequence: BigInt(this.published.length + 1), jws });
  }

  private dispatcher(): Dispatcher {
    const unserved = Object.values(tenant.TenantServiceService).map(
      ({ path }) => [path, () => Promise.reject(new Error('not served'))] as const,
    );
    return new Dispatcher({
      service: 'tenant',
      definitions: [tenant.TenantServiceService],
      handlers: new Map([
        ...unserved,
        [tenant.TenantServiceService.watch.path, (request: unknown) => this.watch(request as tenant.WatchRequest)],
      ]),
      verifyCaller: () => Promise.reject(new Error('not served')),
      onRefused: () => undefined,
      log: createLog('silent'),
      metrics: new ServiceMetrics(),
    });
  }

  private async watch({ after, waitMs }: tenant.WatchRequest): Promise<tenant.WatchResponse> {
    const end = Date.now() + Math.min(waitMs, 400);
    for (;;) {
      const snapshots = this.published.filter(({ sequence }) => sequence > after);
      if (snapshots.length > 0 || Date.now() >= end) return { snapshots };
      await sleep(20);
    }
  }
}
