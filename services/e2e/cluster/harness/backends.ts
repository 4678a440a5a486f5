import { SERVICES } from '@countersign/contracts';
import { randomSecret } from '@countersign/kernel';
import type { DevelopmentAuthority } from '@countersign/keys-file';
import { image, nameOf } from './images.js';
import { newNamespace } from './namespaces.js';
import { podSpec, type ContainerOptions } from './pods.js';
import { apply, kubectl } from './programs.js';

/** What a bank has already: PostgreSQL, Kafka and KMS, in a namespace of their own. */
export interface Backends {
  namespace: string;
  /** Of `postgres`, the administrator. */
  databasePassword: string;
  /** Passwords of Kafka's users: `admin`, and `countersign-<service>`. */
  kafkaUsers: Record<string, string>;
  hosts: Record<'postgres' | 'kafka' | 'kms', string>;
}

const PORTS = { postgres: 5432, kafka: 9092, kms: 4566 };

/** Deploys them and waits until they answer. */
export async function deployBackends(authority: DevelopmentAuthority): Promise<Backends> {
  const namespace = await newNamespace('backends');
  const hostOf = (name: string): string => `${name}.${namespace}.svc`;
  const databasePassword = randomSecret(24);
  const users = ['admin', ...SERVICES.map((service) => `countersign-${service}`)];
  const kafkaUsers = Object.fromEntries(users.map((user) => [user, randomSecret(24)]));
  await apply(
    namespace,
    await certificate(authority, 'postgres', hostOf('postgres')),
    await certificate(authority, 'kafka', hostOf('kafka')),
    secret('admin', { password: databasePassword }),
    secret('users', kafkaUsers),
    ...claims('postgres', 'kafka'),
    ...deployed('postgres', postgres()),
    ...deployed('kafka', kafka(hostOf('kafka'))),
    ...deployed('kms', kms()),
  );
  for (const name of Object.keys(PORTS))
    await kubectl('rollout', 'status', `deployment/${name}`, '--namespace', namespace, '--timeout=3m');
  return {
    namespace,
    databasePassword,
    kafkaUsers,
    hosts: { postgres: hostOf('postgres'), kafka: hostOf('kafka'), kms: hostOf('kms') },
  };
}

export const secret = (name: string, stringData: Record<string, string>): object => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name },
  stringData,
});

async function certificate(authority: DevelopmentAuthority, name: string, host: string): Promise<object> {
  const issued = await authority.issue(name, { dnsNames: [host], days: 20 });
  return secret(`${name}-tls`, { 'tls.crt': issued.certificate, 'tls.key': issued.key });
}

const claims = (...names: string[]): object[] =>
  names.map((name) => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '2Gi' } } },
  }));

const postgres = (): ContainerOptions => ({
  image: nameOf(image('postgres')),
  memory: '1Gi',
  mounts: {
    '/var/lib/postgresql': { claim: 'postgres' },
    '/run/postgresql': { empty: true },
    '/etc/countersign/postgres/tls': { secret: 'postgres-tls' },
    '/etc/countersign/admin': { secret: 'admin' },
  },
});

const kafka = (host: string): ContainerOptions => ({
  image: nameOf(image('kafka')),
  memory: '1Gi',
  env: { KAFKA_ADVERTISED: `${host}:${PORTS.kafka}` },
  mounts: {
    '/var/lib/kafka': { claim: 'kafka' },
    '/etc/countersign/kafka-server/tls': { secret: 'kafka-tls' },
    '/etc/countersign/kafka-server/users': { secret: 'users' },
  },
});

const kms = (): ContainerOptions => ({
  image: nameOf(image('kms')),
  memory: '1Gi',
  env: {
    SERVICES: 'kms,sts',
    EAGER_SERVICE_LOADING: '1',
    STRICT_SERVICE_LOADING: '1',
    GATEWAY_SERVER: 'hypercorn',
    GATEWAY_LISTEN: `0.0.0.0:${PORTS.kms}`,
    DISABLE_EVENTS: '1',
    SKIP_SSL_CERT_DOWNLOAD: '1',
    DNS_ADDRESS: '0',
    FILESYSTEM_ROOT: '/tmp/files',
  },
});

function deployed(name: 'postgres' | 'kafka' | 'kms', options: ContainerOptions): object[] {
  const labels = { app: name };
  const port = PORTS[name];
  const spec = {
    strategy: { type: 'Recreate' },
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: podSpec({ ...options, port }) },
  };
  return [
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name }, spec },
    { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { selector: labels, ports: [{ port }] } },
  ];
}
