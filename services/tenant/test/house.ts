import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tenant } from '@countersign/contracts';
import type { KeyStore, PublicJwk } from '@countersign/keys';
import { jwksOf, publicKeyOf, verifyJws } from '@countersign/keys';
import { createMasterKeyFile, openFileKeyStore } from '@countersign/keys-file';
import { InProcessNetwork, type RpcClient, type StartedService } from '@countersign/platform';
import { MAX_SNAPSHOT_BYTES, SNAPSHOT_TOKEN, snapshotSchema, type TenantSnapshot } from '@countersign/policy';
import { TestInstallation } from '@countersign/service-testing';
import { service } from '../src/index.js';

export type Control = RpcClient<typeof tenant.TenantServiceService>;
export const PLATFORM = { platformRpId: 'localhost', platformOrigins: 'http://localhost:8400' };

/** The tenant service on a real database, with as many replicas as a test starts, all on one key file. */
export class TenantHouse {
  private constructor(
    readonly installation: TestInstallation,
    readonly keys: KeyStore,
    private readonly folder: string,
    private readonly files: { profile: 'development'; keysFile: string; masterKeyFile: string },
  ) {}

  static async open(): Promise<TenantHouse> {
    const folder = mkdtempSync(join(tmpdir(), 'tenant-house-'));
    const files = {
      profile: 'development' as const,
      keysFile: join(folder, 'data', 'keys.json'),
      masterKeyFile: join(folder, 'master.key'),
    };
    createMasterKeyFile(files.masterKeyFile);
    const installation = await TestInstallation.open(['tenant', 'challenge']);
    return new TenantHouse(installation, openFileKeyStore({ ...files, file: files.keysFile }), folder, files);
  }

  /** Starts one more replica. */
  async replica(platform = PLATFORM): Promise<{ control: Control; watching: Control; started: StartedService }> {
    const network = new InProcessNetwork();
    const started = await this.installation.start(service, { ...this.files, ...platform }, network);
    const client = (from: 'cli' | 'challenge') => this.installation.client(from, tenant.TenantServiceService, network);
    return { control: client('cli'), watching: client('challenge'), started };
  }

  trusted = async (): Promise<PublicJwk[]> => (await jwksOf(this.keys, 'snapshot')).keys;

  /** Reads a signed snapshot as the services do. */
  async read(jws: string): Promise<{ snapshot: TenantSnapshot; kid: string; exp: number; iat: number }> {
    const trusted = await this.trusted();
    const { header, claims } = await verifyJws(jws, {
      ...SNAPSHOT_TOKEN,
      keyOf: (kid) => trusted.filter((jwk) => jwk.kid === kid).map(publicKeyOf)[0],
      now: new Date(),
      maxTokenBytes: MAX_SNAPSHOT_BYTES,
    });
    return { snapshot: snapshotSchema.parse(claims['snapshot']), kid: header.kid, exp: claims.exp, iat: claims.iat };
  }

  async stop(): Promise<void> {
    await this.installation.stop();
    rmSync(this.folder, { recursive: true });
  }
}
