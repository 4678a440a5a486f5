import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readLeaf, type CallerName, type ServiceName } from '@countersign/contracts';
import { withClient } from '@countersign/database';
import { startTestDatabase, type TestDatabase } from '@countersign/database/testing';
import { createMasterKeyFile } from '@countersign/keys-file';
import { uuidv7 } from '@countersign/kernel';
import {
  InProcessNetwork,
  createLog,
  ownCall,
  rpcClient,
  splitPath,
  startService,
  type CallMeta,
  type RpcClient,
  type RpcMethod,
  type ServiceDescriptor,
  type StartedService,
} from '@countersign/platform';
import type { TenantSnapshot } from '@countersign/policy';
import { TestControlPlane, type TestTenant } from './control-plane.js';
import { ReplicaNetwork } from './replica-network.js';

const HELD_WITHIN_MS = 10_000;

export type RecordedEvent = ReturnType<typeof readLeaf>;

/** Real services on a real database in one process, with a control plane that a test drives. */
export class TestInstallation {
  private readonly started: StartedService[] = [];
  /** Those that run and reach the control plane: a replica on a network of nobody else keeps what its table held. */
  private readonly following = new Set<StartedService>();

  private constructor(
    readonly database: TestDatabase,
    readonly network: InProcessNetwork,
    readonly control: TestControlPlane,
    private readonly folder: string,
  ) {}

  /** @param services whose schemas are needed, whether or not the test starts them */
  static async open(services: ServiceName[]): Promise<TestInstallation> {
    const network = new InProcessNetwork();
    const folder = mkdtempSync(join(tmpdir(), 'countersign-test-'));
    createMasterKeyFile(join(folder, 'master', 'master.key'));
    const control = await TestControlPlane.start(network);
    writeFileSync(join(folder, 'snapshot-keys.json'), JSON.stringify(control.jwks));
    return new TestInstallation(await startTestDatabase(services), network, control, folder);
  }

  /**
   * Starts a service; a second start of the same one is a second replica, reachable on `network` of its own.
   * @param extra settings beyond the common ones and the key files
   */
  async start(
    descriptor: ServiceDescriptor<never> | ServiceDescriptor,
    extra: Record<string, unknown> = {},
    network: InProcessNetwork = this.network,
  ): Promise<StartedService> {
    const described = descriptor as ServiceDescriptor;
    const settings = described.settings.parse({ ...this.settingsFor(described), ...extra });
    const service = await startService(described, settings, { network, log: createLog('silent') });
    const stop = service.stop.bind(service);
    service.stop = () => {
      this.following.delete(service);
      return stop();
    };
    this.started.push(service);
    const reachesControl = network === this.network || network instanceof ReplicaNetwork;
    if (service.name !== 'tenant' && reachesControl) this.following.add(service);
    return service;
  }

  /** A client under the given caller's name. */
  client<D extends object>(from: CallerName, definition: D, network: InProcessNetwork = this.network): RpcClient<D> {
    const [first] = Object.values(definition) as RpcMethod[];
    return rpcClient(definition, network.channel(from, splitPath(first!.path).service as ServiceName));
  }

  call = (withinMs = 10_000): CallMeta => ownCall(uuidv7(), withinMs);

  /** Publishes a tenant and waits until the services that follow hold it; one that is not allowed to is not waited for long. */
  async tenant(described: TestTenant): Promise<TenantSnapshot> {
    const snapshot = await this.control.publish(described);
    const until = Date.now() + HELD_WITHIN_MS;
    while (!(await this.allHold(this.control.sequence)) && Date.now() < until) await sleep(10);
    return snapshot;
  }

  private async allHold(sequence: number): Promise<boolean> {
    const held = [...this.following].map(({ metrics }) => metrics.snapshotSequence.get());
    return (await Promise.all(held)).every(({ values }) => values.some(({ value }) => value >= sequence));
  }

  /** Every event a service has committed so far, in order. */
  async events(service: ServiceName): Promise<RecordedEvent[]> {
    return withClient(this.database.adminUrl, async (client) => {
      const { rows } = await client.query<{ leaf: Buffer }>(`select leaf from ${service}.outbox order by id`);
      return rows.map(({ leaf }) => readLeaf(leaf));
    });
  }

  async stop(): Promise<void> {
    for (const service of this.started.reverse()) await service.stop();
    await this.database.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private settingsFor({ name, settings }: ServiceDescriptor): Record<string, unknown> {
    const secret = (file: string, text: string): string => {
      const path = join(this.folder, file);
      writeFileSync(path, text, { mode: 0o600 });
      return path;
    };
    const sharing = name === 'enrollment' || name === 'verification' ? 'sealing' : name;
    const keys = {
      profile: 'development',
      keysFile: join(this.folder, 'keys', `${sharing}.json`),
      masterKeyFile: join(this.folder, 'master', 'master.key'),
    };
    return {
      ...{ tlsCertFile: 'unused', tlsKeyFile: 'unused', tlsCaFile: 'unused' },
      databaseUrlFile: secret(`${name}.database-url`, this.database.url(name)),
      relayUrlFile: secret(`${name}.relay-url`, this.database.relayUrl(name)),
      snapshotKeysFile: join(this.folder, 'snapshot-keys.json'),
      databaseConnections: 6,
      ...('keysFile' in settings.shape ? keys : {}),
    };
  }
}
