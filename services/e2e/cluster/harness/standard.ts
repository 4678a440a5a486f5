import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SERVICES } from '@countersign/contracts';
import { rolesOf } from '@countersign/database';
import { randomSecret } from '@countersign/kernel';
import { createDevelopmentAuthority, type DevelopmentAuthority } from '@countersign/keys-file';
import { deployBackends, secret, type Backends } from './backends.js';
import { CHART, RELEASE, machineValues, valuesFile, withValues } from './charts.js';
import { figure, timed } from './figures.js';
import type { Variant } from './images.js';
import { newNamespace } from './namespaces.js';
import { apply, tryHelm, type Ended } from './programs.js';

/** An installation as a bank has it: its own PostgreSQL, Kafka and KMS, certificates given as Secrets, two of each. */
export interface Standard {
  namespace: string;
  backends: Backends;
  authority: DevelopmentAuthority;
  values: string;
}

const PUBLIC_URL = 'https://login.bank.example';
/** Who may reach the gateway: what stands for an ingress, and the namespaces of tenants. */
const CLIENTS = 'countersign-test-clients';
export const TENANTS = ['north-bank', 'west-bank'];

/** Everything the chart's user makes before `helm install`. */
async function prepareStandard(folder: string): Promise<Standard> {
  const authority = await createDevelopmentAuthority(folder);
  const backends = await deployBackends(authority);
  const namespace = await newNamespace('standard');
  await newNamespace('clients');
  await apply(namespace, ...(await secretsOf(authority, backends)));
  return { namespace, backends, authority, values: valuesFile(valuesOf(backends)) };
}

/** `helm upgrade --install --wait` with an image; what came of it. */
export const deploy = ({ namespace, values }: Standard, variant: Variant): Promise<Ended> =>
  tryHelm(
    'upgrade',
    RELEASE,
    CHART,
    '--install',
    '--namespace',
    namespace,
    ...withValues(`${CHART}/profiles/standard.yaml`, valuesFile(machineValues(variant)), values),
    '--wait',
    '--timeout',
    '8m',
  );

function valuesOf({ hosts, namespace }: Backends): Record<string, unknown> {
  const inBackends = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } };
  const peer = (app: string): object => ({ ...inBackends, podSelector: { matchLabels: { app } } });
  const names = [CLIENTS, ...TENANTS.map((slug) => `countersign-test-${slug}`)];
  const named = [{ key: 'kubernetes.io/metadata.name', operator: 'In', values: names }];
  const clients = { namespaceSelector: { matchExpressions: named } };
  return {
    publicUrl: PUBLIC_URL,
    serviceDefaults: {
      replicas: 2,
      autoscaling: { enabled: false },
      // A single broker stands for three.
      settings: { COUNTERSIGN_KAFKA_REPLICATION: 'development' },
    },
    database: { mode: 'external', caSecret: 'authority' },
    kafka: {
      mode: 'external',
      brokers: [`${hosts.kafka}:9092`],
      caSecret: 'authority',
      adminSecret: 'kafka-admin',
      partitions: 3,
    },
    keys: {
      driver: 'aws-kms',
      credentials: 'secret',
      tokenSigning: 'delegated',
      awsKms: { region: 'eu-central-1', endpoint: `http://${hosts.kms}:4566` },
    },
    tls: { mode: 'secrets' },
    networkPolicy: {
      database: { peers: [peer('postgres')], ports: [5432] },
      kafka: { peers: [peer('kafka')], ports: [9092] },
      keyStore: { peers: [peer('kms')], ports: [4566] },
      gateway: { peers: [clients] },
    },
  };
}

/** Services that hold keys; install makes those of tenant. */
const KEY_HOLDERS = Object.keys(
  (JSON.parse(readFileSync(`${CHART}/files/topology.json`, 'utf8')) as { keyStores: object }).keyStores,
);

async function secretsOf(authority: DevelopmentAuthority, backends: Backends): Promise<object[]> {
  const certificates = await Promise.all([...SERVICES, 'cli'].map((name) => certificateOf(authority, name)));
  const databaseUrl = (user: string, password: string): string =>
    `postgresql://${user}:${password}@${backends.hosts.postgres}:5432/countersign` +
    '?sslmode=verify-full&sslrootcert=/etc/countersign/database-ca/ca.crt';
  const databases = SERVICES.map((service) => {
    const { app, relay } = rolesOf(service);
    const urls = { url: databaseUrl(app, randomSecret(24)), 'relay-url': databaseUrl(relay, randomSecret(24)) };
    return secret(`${RELEASE}-${service}-database`, urls);
  });
  const users = SERVICES.map((service) =>
    secret(`${RELEASE}-${service}-kafka`, { password: backends.kafkaUsers[`countersign-${service}`]! }),
  );
  const credentials = JSON.stringify({ accessKeyId: '000000000001', secretAccessKey: 'not-a-secret' });
  return [
    ...certificates,
    ...databases,
    ...users,
    ...KEY_HOLDERS.map((service) => secret(`${RELEASE}-${service}-keys`, { 'credentials.json': credentials })),
    secret('authority', { 'ca.crt': authority.certificate }),
    secret('kafka-admin', { password: backends.kafkaUsers['admin']! }),
    secret(`${RELEASE}-database-admin`, { url: databaseUrl('postgres', backends.databasePassword) }),
  ];
}

/** The Secret of a certificate, as `tls.mode: secrets` takes it; `days` it lives. */
export async function certificateOf(authority: DevelopmentAuthority, name: string, days = 20): Promise<object> {
  const { certificate, key } = await authority.issue(name, { dnsNames: [`${RELEASE}-${name}`], days });
  return secret(`${RELEASE}-${name}-tls`, { 'tls.crt': certificate, 'tls.key': key, 'ca.crt': authority.certificate });
}

/**
 * The installation of this run. The first spec file that asks installs it; what the next ones need of it is kept beside.
 * @throws Error with what Helm said, when it does not install
 */
export async function standard(): Promise<Standard> {
  const folder = process.env.CLUSTER_FOLDER;
  if (!folder) throw new Error('CLUSTER_FOLDER names no folder: run npm run test:cluster');
  const file = join(folder, 'standard.json');
  if (existsSync(file)) return revive(JSON.parse(readFileSync(file, 'utf8')) as Kept);
  const made = await prepareStandard(join(folder, 'authority'));
  const { seconds, result } = await timed(() => deploy(made, 'now'));
  if (result.code !== 0) throw new Error(result.stderr);
  figure('standard, helm upgrade --install --wait, two pods of each service', seconds);
  const { namespace, backends, values } = made;
  writeFileSync(file, JSON.stringify({ namespace, backends, values }), { mode: 0o600 });
  return made;
}

type Kept = Omit<Standard, 'authority'>;

const revive = async (kept: Kept): Promise<Standard> => ({
  ...kept,
  authority: await createDevelopmentAuthority(join(process.env.CLUSTER_FOLDER!, 'authority')),
});
