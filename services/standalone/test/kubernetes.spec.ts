import { X509Certificate, createPrivateKey } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { SERVICES } from '@countersign/contracts';
import { serviceNameOf } from '@countersign/keys';
import { createMasterKeyFile, issueAuthority, issueService, openFileKeyStore } from '@countersign/keys-file';
import { publishSnapshotKeys } from '../src/cli/snapshot-keys.js';
import { inCluster, type KubernetesApi } from '../src/kubernetes/api.js';
import { publishConfigMap } from '../src/kubernetes/config-map.js';
import { inFolder } from '../src/kubernetes/folder.js';
import { makeSecrets } from '../src/kubernetes/generated-secrets.js';
import { KubernetesDouble } from './kubernetes-double.js';

let folder: string;
let double: KubernetesDouble;
let api: KubernetesApi;
const RELEASE = { fullname: 'bank-countersign', instance: 'bank' };

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-kubernetes-'));
  double = await KubernetesDouble.start(folder);
  api = open();
});
afterEach(async () => {
  await double.stop();
  rmSync(folder, { recursive: true });
});

const open = (patienceMs = 0): KubernetesApi =>
  inCluster({ env: double.env, serviceAccount: double.serviceAccount, patienceMs });
const secret = (name: string): Record<string, string> => double.text('secrets', `bank-countersign-${name}`);
const certificate = (component: string): X509Certificate => new X509Certificate(secret(`${component}-tls`)['tls.crt']!);

describe('the Kubernetes API', () => {
  test('is called with the token that is in its file at that moment', async () => {
    await api.get('configmaps', 'a');
    double.renewToken('second-token');
    await api.get('configmaps', 'a');
    expect(double.calls.map(({ token }) => token)).toEqual(['first-token', 'second-token']);
  });

  test('is not believed with a certificate of another authority', async () => {
    const other = await KubernetesDouble.start(join(folder, 'other'));
    const swapped = inCluster({ env: double.env, serviceAccount: other.serviceAccount, patienceMs: 0 });
    await expect(swapped.get('secrets', 'a')).rejects.toThrow(/^Kubernetes does not answer \(.*(CERT|SIGNATURE)/);
    expect(double.calls).toEqual([]);
    await other.stop();
  });

  test('a name stays a name, whatever it holds', async () => {
    await api.get('configmaps', '../secrets/a?dryRun=All');
    expect(double.calls[0]!.path).toBe('/api/v1/namespaces/bank/configmaps/..%2Fsecrets%2Fa%3FdryRun%3DAll');
  });

  test('what is refused is told with object and reason, and without a value', async () => {
    double.next.push(403);
    const object = { metadata: { name: 'a' }, data: { key: 'dmFsdWU=' } };
    await expect(api.create('secrets', object)).rejects.toThrow(
      'Kubernetes: create Secret bank/a: 403, spoiled by the test',
    );
  });

  test('a server that is busy is asked again', async () => {
    double.next.push(503, 429);
    expect(await open(10_000).get('secrets', 'a')).toBeUndefined();
    expect(double.calls).toHaveLength(3);
    double.next.push(503);
    await expect(api.get('secrets', 'a')).rejects.toThrow('Kubernetes: get Secret bank/a: 503');
  });

  test('outside of a pod, one line says so', () => {
    expect(() => inCluster({ env: {} })).toThrow('this is no pod: KUBERNETES_SERVICE_HOST');
    const nothing = inCluster.bind(undefined, { env: double.env, serviceAccount: join(folder, 'none') });
    expect(nothing).toThrow(/this pod has no service account .*namespace \(ENOENT\)/);
  });

  test('a ConfigMap is made, changed where it differs, and keeps what others put into it', async () => {
    await publishConfigMap(api, 'snapshot-keys', { 'snapshot-keys.json': '{"keys":[1]}' });
    double.objects.get('configmaps/snapshot-keys')!.data!['other'] = 'stays';
    await publishConfigMap(api, 'snapshot-keys', { 'snapshot-keys.json': '{"keys":[1]}' });
    expect(double.calls.map(({ method }) => method)).toEqual(['GET', 'POST', 'GET']);
    await publishConfigMap(api, 'snapshot-keys', { 'snapshot-keys.json': '{"keys":[1,2]}' });
    expect(double.text('configmaps', 'snapshot-keys')).toEqual({
      'snapshot-keys.json': '{"keys":[1,2]}',
      other: 'stays',
    });
    expect(double.calls.at(-1)!.contentType).toBe('application/merge-patch+json');
  });
});

test('the public keys of snapshots go to the ConfigMap instead of the files that are its mounts, and are the same again', async () => {
  createMasterKeyFile(join(folder, 'master', 'key'));
  const keys = openFileKeyStore({
    file: join(folder, 'keys', 'keys.json'),
    masterKeyFile: join(folder, 'master', 'key'),
  });
  const places = { files: [join(folder, 'mounted', 'snapshot-keys.json')], configMap: 'snapshot-keys' };
  expect(await publishSnapshotKeys(keys, places, () => api)).toEqual({ files: [], configMap: 'snapshot-keys' });
  const first = double.text('configmaps', 'snapshot-keys');
  expect(JSON.parse(first['snapshot-keys.json']!)).toMatchObject({ keys: [{ kty: 'EC', kid: 'file:snapshot/1' }] });
  await publishSnapshotKeys(keys, places, () => api);
  expect(double.text('configmaps', 'snapshot-keys')).toEqual(first);
  expect(existsSync(join(folder, 'mounted'))).toBe(false);
});

describe('the Secrets of an evaluation', () => {
  test('CARD-5.helm · all are made, with labels, and fit each other', async () => {
    const outcomes = await makeSecrets(api, RELEASE);
    expect(new Set(Object.values(outcomes))).toEqual(new Set(['made']));
    expect([...double.objects.keys()].sort()).toEqual(
      [
        'authority',
        'cli-tls',
        'database-admin',
        'kafka-tls',
        'kafka-users',
        'master-key',
        'postgres-tls',
        ...SERVICES.flatMap((service) => ['database', 'kafka', 'tls'].map((kind) => `${service}-${kind}`)),
      ]
        .map((name) => `secrets/bank-countersign-${name}`)
        .sort(),
    );
    for (const { metadata } of double.objects.values())
      expect(metadata.labels).toMatchObject({ 'app.kubernetes.io/instance': 'bank' });
    const { url, password } = secret('database-admin');
    expect(new URL(url!)).toMatchObject({ username: 'postgres', password, pathname: '/countersign' });
    expect(new URL(secret('risk-database')['relay-url']!)).toMatchObject({
      username: 'cs_risk_relay',
      host: 'bank-countersign-postgres:5432',
      search: '?sslmode=verify-full&sslrootcert=/etc/countersign/risk/tls/ca.crt',
    });
    for (const service of SERVICES)
      expect(secret(`${service}-kafka`)['password']).toBe(secret('kafka-users')[`countersign-${service}`]);
    expect(Buffer.from(secret('master-key')['key']!.trim(), 'base64url')).toHaveLength(32);
  });

  test('BCB-9.mtls · each certificate names its service and its host, and comes from the one authority', async () => {
    await makeSecrets(api, RELEASE);
    const authority = new X509Certificate(secret('authority')['tls.crt']!);
    for (const component of [...SERVICES, 'cli', 'postgres', 'kafka']) {
      const own = certificate(component);
      expect(serviceNameOf(own)).toBe(component);
      expect(own.verify(authority.publicKey)).toBe(true);
      expect(own.checkHost(`bank-countersign-${component}`)).toBeDefined();
      expect(own.checkHost(`bank-countersign-${component}.bank.svc`)).toBeDefined();
      expect(own.checkPrivateKey(createPrivateKey(secret(`${component}-tls`)['tls.key']!))).toBe(true);
      expect(secret(`${component}-tls`)['ca.crt']).toBe(secret('authority')['tls.crt']);
    }
  });

  test('CARD-5.helm · run again, it changes nothing', async () => {
    await makeSecrets(api, RELEASE);
    const before = JSON.stringify([...double.objects]);
    double.calls.length = 0;
    expect(new Set(Object.values(await makeSecrets(api, RELEASE)))).toEqual(new Set(['kept']));
    expect(JSON.stringify([...double.objects])).toBe(before);
    expect(new Set(double.calls.map(({ method }) => method))).toEqual(new Set(['GET']));
  });

  test('CARD-5.helm · two runs at once end with one set: every certificate is of the authority that stayed', async () => {
    await Promise.all([makeSecrets(api, RELEASE), makeSecrets(open(), RELEASE)]);
    const authority = new X509Certificate(secret('authority')['tls.crt']!);
    for (const service of SERVICES) {
      expect(certificate(service).verify(authority.publicKey)).toBe(true);
      expect(secret(`${service}-kafka`)['password']).toBe(secret('kafka-users')[`countersign-${service}`]);
    }
  });

  test('another run that is faster wins, and its values are used', async () => {
    double.beforeCreate = (name) => {
      if (name !== 'bank-countersign-kafka-users') return;
      double.beforeCreate = undefined;
      const theirs = Object.fromEntries(
        ['admin', ...SERVICES.map((service) => `countersign-${service}`)].map((user) => [
          user,
          Buffer.from(`theirs-${user}`).toString('base64'),
        ]),
      );
      double.put('secrets', { kind: 'Secret', metadata: { name, resourceVersion: '' }, data: theirs });
    };
    const outcomes = await makeSecrets(api, RELEASE);
    expect(outcomes['bank-countersign-kafka-users']).toBe('kept');
    expect(secret('risk-kafka')['password']).toBe('theirs-countersign-risk');
  });

  test('a certificate of ours that ends soon is made anew; one that somebody else put there stays', async () => {
    await makeSecrets(api, RELEASE);
    const { 'tls.crt': pem, 'tls.key': key } = secret('authority');
    const authority = { certificate: pem!, key: key! };
    const old = await issueService(authority, { service: 'risk', dnsNames: [], ipAddresses: [], hours: -0.07 });
    for (const component of ['risk', 'audit']) {
      const { data } = double.objects.get(`secrets/bank-countersign-${component}-tls`)!;
      data!['tls.crt'] = Buffer.from(old.certificate).toString('base64');
    }
    delete double.objects.get('secrets/bank-countersign-audit-tls')!.metadata.labels;
    const outcomes = await makeSecrets(api, RELEASE);
    expect(Object.entries(outcomes).filter(([, outcome]) => outcome !== 'kept')).toEqual([
      ['bank-countersign-risk-tls', 'renewed'],
    ]);
    expect(Date.parse(certificate('risk').validTo)).toBeGreaterThan(Date.now() + 300 * 86_400_000);
    expect(certificate('risk').verify(new X509Certificate(authority.certificate).publicKey)).toBe(true);
    expect(secret('audit-tls')['tls.crt']).toBe(old.certificate);
  });

  test('a certificate of ours that nobody can read is made anew', async () => {
    await makeSecrets(api, RELEASE);
    double.objects.get('secrets/bank-countersign-risk-tls')!.data!['tls.crt'] = '';
    expect((await makeSecrets(api, RELEASE))['bank-countersign-risk-tls']).toBe('renewed');
    expect(certificate('risk').checkIssued(new X509Certificate(secret('authority')['tls.crt']!))).toBe(true);
  });

  test('an authority that nobody can read is told by its name, and nothing is made by it', async () => {
    const metadata = { name: 'bank-countersign-authority', resourceVersion: '' };
    double.put('secrets', { kind: 'Secret', metadata, data: { 'tls.crt': '' } });
    await expect(makeSecrets(api, RELEASE)).rejects.toThrow('Secret bank-countersign-authority holds no authority');
    expect([...double.objects.keys()]).toEqual(['secrets/bank-countersign-authority']);
  });

  test('a certificate of an authority that is gone is made anew', async () => {
    await makeSecrets(api, RELEASE);
    const { certificate: other, key } = await issueAuthority(24);
    const { data } = double.objects.get('secrets/bank-countersign-authority')!;
    data!['tls.crt'] = Buffer.from(other).toString('base64');
    data!['tls.key'] = Buffer.from(key).toString('base64');
    const outcomes = await makeSecrets(api, RELEASE);
    expect(outcomes['bank-countersign-risk-tls']).toBe('renewed');
    expect(certificate('risk').verify(new X509Certificate(other).publicKey)).toBe(true);
  });
});

describe('the Secrets of containers without Kubernetes', () => {
  const fileOf = (...path: string[]): string => join(folder, 'files', ...path);
  const make = (): ReturnType<typeof makeSecrets> => makeSecrets(inFolder(fileOf(), 'bank-countersign'), RELEASE);
  beforeEach(() => mkdirSync(fileOf()));

  test('CARD-8.helm · are files for their owner alone, where containers look for them, and stay', async () => {
    expect(new Set(Object.values(await make()))).toEqual(new Set(['made']));
    const files = [
      'database/admin/password',
      'database/postgres/tls/tls.key',
      'kafka-server/users/admin',
      'risk/kafka/password',
    ];
    const before = files.map((file) => readFileSync(fileOf(file), 'utf8'));
    for (const file of files) expect(statSync(fileOf(file)).mode & 0o777).toBe(0o600);
    expect(serviceNameOf(new X509Certificate(readFileSync(fileOf('risk/tls/tls.crt'))))).toBe('risk');
    expect(new URL(readFileSync(fileOf('risk/database/url'), 'utf8')).host).toBe('bank-countersign-postgres:5432');
    expect(new Set(Object.values(await make()))).toEqual(new Set(['kept']));
    expect(files.map((file) => readFileSync(fileOf(file), 'utf8'))).toEqual(before);
  });

  test('CARD-8.helm · a certificate of ours is renewed once nobody can read it, one of somebody else stays', async () => {
    await make();
    for (const name of ['risk', 'session']) writeFileSync(fileOf(name, 'tls/tls.crt'), 'spoiled');
    rmSync(fileOf('session/tls/.labels'));
    const outcomes = await make();
    expect(outcomes['bank-countersign-risk-tls']).toBe('renewed');
    expect(outcomes['bank-countersign-session-tls']).toBe('kept');
  });

  test('a folder that cannot be written is told without a value', async () => {
    const nowhere = makeSecrets(inFolder(join(folder, 'files', '\0'), 'bank-countersign'), RELEASE);
    await expect(nowhere).rejects.toThrow(/^the folder of secrets: /);
  });
});
