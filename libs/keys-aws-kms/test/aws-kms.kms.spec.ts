import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DescribeKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  KMSClient,
  ListKeysCommand,
  ScheduleKeyDeletionCommand,
  UpdateAliasCommand,
} from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { isRefusal, utf8 } from '@countersign/kernel';
import { keyStoreContract } from '@countersign/keys';
import { openKmsKeyStore } from '../src/index.js';
import { startKmsServer, type KmsServer } from './kms-server.js';

const DATA = utf8('exactly this');
const CREDENTIALS = { accessKeyId: '000000000001', secretAccessKey: 'not-a-secret' };

let server: KmsServer;
let folder: string;
let client: KMSClient;
let count = 0;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kms-spec-'));
  writeFileSync(join(folder, 'credentials.json'), JSON.stringify(CREDENTIALS));
  server = await startKmsServer();
  client = new KMSClient({ region: 'eu-central-1', endpoint: server.endpoint, credentials: CREDENTIALS });
}, 120_000);
afterAll(async () => {
  client?.destroy();
  await server?.stop();
  rmSync(folder, { recursive: true });
});

/** Far away: on a busy machine a server in Python may take seconds. What the deadline does has a test of its own. */
const PATIENT_MS = 30_000;

const fresh = (): string => `case${++count}`;
const open = (namespace: string, changes: object = {}) =>
  openKmsKeyStore({
    region: 'eu-central-1',
    endpoint: server.endpoint,
    credentialsFile: join(folder, 'credentials.json'),
    namespace,
    deadlineMs: PATIENT_MS,
    ...changes,
  });

const codeOf = (action: Promise<unknown>): Promise<string> =>
  action.then(
    () => 'answered',
    (error: unknown) => (isRefusal(error) ? error.code : `crash: ${String(error)}`),
  );

describe('keys in AWS KMS keep the contract of the port', () => {
  const pair = async () => {
    const namespace = fresh();
    const [first, second] = [open(namespace), open(namespace)];
    return { first, second, close: async () => void (await Promise.all([first.close(), second.close()])) };
  };
  test.each(keyStoreContract(pair))('BCB-15.aws · $name', ({ run }) => run());
});

describe('keys in AWS KMS', () => {
  test('BCB-9.keys · of keys made at once by replicas that know nothing of each other one stays, the others are deleted', async () => {
    const namespace = fresh();
    const before = new Set((await client.send(new ListKeysCommand({ Limit: 1000 }))).Keys!.map(({ KeyId }) => KeyId));
    const replicas = [1, 2, 3, 4].map(() => open(namespace));
    const made = await Promise.all(replicas.map((replica) => replica.create('caller', 'sign')));
    expect(new Set(made.map(({ id }) => id))).toEqual(new Set(['aws-kms:caller/1']));
    const points = await Promise.all(replicas.map((replica) => replica.publicKey('aws-kms:caller/1')));
    expect(new Set(points.map(({ x }) => x)).size).toBe(1);
    const after = (await client.send(new ListKeysCommand({ Limit: 1000 }))).Keys!.map(({ KeyId }) => KeyId!);
    const mine = after.filter((id) => !before.has(id));
    const orphans = await Promise.all(
      mine.map((KeyId) => codeOf(client.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 })))),
    );
    // A key that waits for its deletion already cannot be scheduled again.
    expect(orphans.filter((outcome) => outcome === 'answered')).toHaveLength(1);
    await Promise.all(replicas.map((replica) => replica.close()));
  });

  test('BCB-9.keys · disabled and about to be deleted are told apart, and enabling it in KMS revives nothing', async () => {
    const namespace = fresh();
    const store = open(namespace);
    const caller = await store.create('caller', 'sign');
    await store.sign(caller.id, DATA);
    const alias = (name: string): string => `alias/${namespace}/${name}/1`;
    const keyId = await idOf(alias('caller'));
    await client.send(new DisableKeyCommand({ KeyId: keyId }));
    expect(await codeOf(store.sign(caller.id, DATA))).toBe('key_disabled');
    await client.send(new EnableKeyCommand({ KeyId: keyId }));
    expect(await codeOf(store.sign(caller.id, DATA))).toBe('answered');
    await store.disable(caller.id);
    await client.send(new EnableKeyCommand({ KeyId: keyId }));
    expect(await codeOf(open(namespace).sign(caller.id, DATA))).toBe('key_disabled');
    const other = await store.create('other', 'sign');
    await client.send(new ScheduleKeyDeletionCommand({ KeyId: await idOf(alias('other')), PendingWindowInDays: 7 }));
    expect(await codeOf(store.sign(other.id, DATA))).toBe('key_pending_deletion');
    expect(await codeOf(open(namespace).sign(other.id, DATA))).toBe('key_pending_deletion');
    await store.close();
  });

  test('BCB-9.keys · an alias that was pointed to another key is not believed', async () => {
    const namespace = fresh();
    const store = open(namespace);
    await store.create('caller', 'sign');
    await store.create('other', 'sign');
    const target = await idOf(`alias/${namespace}/other/1`);
    await client.send(new UpdateAliasCommand({ AliasName: `alias/${namespace}/caller/1`, TargetKeyId: target }));
    expect(await codeOf(open(namespace).sign('aws-kms:caller/1', DATA))).toBe('key_conflict');
    await store.close();
  });

  test('BCB-9.keys · without credentials, or without KMS, the answer comes within the deadline and says which it was', async () => {
    const denied = open(fresh(), { credentialsFile: join(folder, 'missing.json') });
    expect(await codeOf(denied.list('caller'))).toBe('key_store_denied');
    const away = open(fresh(), { endpoint: 'http://127.0.0.1:9', deadlineMs: 500 });
    expect(await codeOf(away.sign('aws-kms:caller/1', DATA))).toBe('key_store_unavailable');
    await Promise.all([denied.close(), away.close()]);
  });
});

async function idOf(alias: string): Promise<string> {
  return (await client.send(new DescribeKeyCommand({ KeyId: alias }))).KeyMetadata!.KeyId!;
}
