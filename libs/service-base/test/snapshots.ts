import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import { withClient, type Database } from '@countersign/database';
import { startTestDatabase, type TestDatabase } from '@countersign/database/testing';
import { MemoryBacking, SoftwareKeyStore, TokenSigner, jwksOf, type Jwks } from '@countersign/keys';
import { createLog } from '@countersign/platform';
import { SNAPSHOT_TOKEN, parsePolicy, type TenantSnapshot } from '@countersign/policy';
import { SnapshotStore } from '../src/index.js';
import { TrustedKeys } from '../src/trusted-keys.js';
import { ScriptedControl } from './scripted-control.js';

export let server: TestDatabase;
export let database: Database;
let folder: string;
export let trustFile: string;
export let keys: SoftwareKeyStore;
let signer: TokenSigner;
export let control: ScriptedControl;
export let lines: string[];
const running: SnapshotStore[] = [];

/** Every test of the file finds an empty table, keys of its own in the trust file, and a control plane that has published nothing. */
export function withSnapshots(): void {
  beforeAll(async () => {
    server = await startTestDatabase(['challenge']);
    database = server.open('challenge');
    folder = mkdtempSync(join(tmpdir(), 'snapshots-'));
    trustFile = join(folder, 'trust.json');
  });
  afterAll(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  beforeEach(async () => {
    await withClient(server.adminUrl, (client) => client.query('truncate challenge.snapshot'));
    keys = new SoftwareKeyStore('memory', new MemoryBacking());
    for (const name of ['snapshot', 'other']) await keys.create(name, 'sign');
    signer = new TokenSigner(keys, 'snapshot', { refresh: 0 });
    trust(await jwksOf(keys, 'snapshot'));
    control = new ScriptedControl();
    lines = [];
  });
  afterEach(async () => {
    for (const store of running.splice(0)) await store.stop();
  });
}

/** Another control plane takes the place of the one that is there. */
export const replaceControl = (): void => void (control = new ScriptedControl());

export const trust = (jwks: Jwks): void => writeFileSync(trustFile, JSON.stringify(jwks));

export async function start(over: Partial<{ database: Pick<Database, 'query'> }> = {}): Promise<SnapshotStore> {
  const log = createLog('info', { write: (line) => void lines.push(line) });
  const store = new SnapshotStore((over.database ?? database) as Database, control, new TrustedKeys(trustFile), log);
  running.push(store);
  await store.start();
  return store;
}

export const snapshotOf = (tenant: string, version: number, over: Partial<TenantSnapshot> = {}): TenantSnapshot => ({
  tenant,
  slug: `slug-${tenant}`,
  name: `version ${version}`,
  rpId: 'bank.example',
  version,
  policyVersion: version,
  policy: parsePolicy({}),
  applications: [],
  operators: [],
  ...over,
});

export const now = (): number => Math.floor(Date.now() / 1000);
export const sign = (snapshot: TenantSnapshot, claims: object = {}, typ: string = SNAPSHOT_TOKEN.typ, by = signer) => {
  const { issuer: iss, audience: aud } = SNAPSHOT_TOKEN;
  return by.sign(typ, { iss, aud, iat: now(), exp: now() + 3_600, snapshot, ...claims });
};

/** Waits until it holds, 10 s at most. */
export async function until(condition: () => boolean): Promise<void> {
  const end = Date.now() + 10_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`it did not happen; the log says ${lines.join('')}`);
    await sleep(10);
  }
}
export const logged = (event: string): boolean =>
  lines.some((line) => (JSON.parse(line) as { event: string }).event === event);
export const heldBy = (store: SnapshotStore, tenant: string): string | undefined => {
  try {
    return store.byTenant(tenant).name;
  } catch {
    return undefined;
  }
};
export const settled = (): Promise<void> => until(() => control.answeredAll());
