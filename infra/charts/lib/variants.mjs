// What a bank can choose, one of each: profiles, and what changes the shape of manifests.
import { SERVICES } from '@countersign/contracts';
import { NAMESPACE } from './helm.mjs';

export const DIGEST = `sha256:${'1'.repeat(64)}`;
export const NEXT_DIGEST = `sha256:${'2'.repeat(64)}`;

const CERT_MANAGER = 'cert-manager.io/v1';
const inNetwork = (cidr) => ({ peers: [{ ipBlock: { cidr } }] });
const inNamespace = (name) => ({
  peers: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } } }],
});

/** What every bank has to say. */
const BANK = {
  publicUrl: 'https://login.bank.example',
  image: { registry: 'images.bank.example', digest: DIGEST },
  kafka: { brokers: ['broker-1.bank.example:9093', 'broker-2.bank.example:9093'] },
  keys: { awsKms: { region: 'eu-central-1' } },
  networkPolicy: {
    database: inNetwork('10.20.0.0/24'),
    kafka: inNetwork('10.30.0.0/24'),
    keyStore: inNetwork('10.40.0.0/24'),
    gateway: inNamespace('ingress'),
    metrics: inNamespace('monitoring'),
    kubernetesApi: inNetwork('10.96.0.1/32'),
  },
};

/** `over` set upon `values`, member by member; a list is replaced. */
export const merged = (values, over = {}) =>
  Object.entries(over).reduce(
    (all, [key, value]) => ({ ...all, [key]: isMap(value) && isMap(all[key]) ? merged(all[key], value) : value }),
    values,
  );
const isMap = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

const OPERATORS = ['postgresql.cnpg.io/v1', 'kafka.strimzi.io/v1'];
const ON_OPERATORS = {
  database: { mode: 'cloudnative-pg' },
  kafka: { mode: 'strimzi', brokers: [] },
  networkPolicy: { databaseBackup: inNetwork('10.60.0.0/24') },
};

const bank = (profile, over, apis = []) => ({
  files: [`profiles/${profile}.yaml`],
  values: merged(BANK, over),
  apis: [CERT_MANAGER, ...apis],
});
const evaluation = (over) => ({
  files: ['profiles/evaluation.yaml'],
  values: merged({ image: { digest: DIGEST } }, over),
});

/** @type {Record<string, import('./helm.mjs').Rendering>} */
export const VARIANTS = {
  evaluation: evaluation(),
  'evaluation under another name': { ...evaluation(), release: 'trial' },
  standard: bank('standard'),
  'standard with everything': bank(
    'standard',
    {
      route: {
        enabled: true,
        parentRefs: [{ name: 'public', namespace: 'ingress' }],
        operator: { parentRefs: [{ name: 'staff', namespace: 'ingress' }] },
      },
      telemetry: { endpoint: 'http://collector.monitoring:4318' },
      metadata: { source: 'https://mds.example/', rootsConfigMap: 'metadata-roots' },
      database: { caSecret: 'database-ca' },
      kafka: { caSecret: 'kafka-ca', adminSecret: 'kafka-admin' },
      gateway: { trustedProxies: ['10.0.0.0/8'] },
      priorityClassName: 'identity',
      tls: { trustBundle: { configMap: 'service-authority' } },
      networkPolicy: { telemetry: inNamespace('monitoring'), metadata: inNetwork('10.50.0.0/24') },
      image: { pullSecrets: ['pull'] },
      serviceDefaults: {
        podLabels: { team: 'identity' },
        podAnnotations: { note: 'yes' },
        serviceAccount: { annotations: { role: 'a' } },
      },
      services: { gateway: { autoscaling: { maxReplicas: 12 } } },
    },
    ['gateway.networking.k8s.io/v1'],
  ),
  'standard on operators': bank('standard', ON_OPERATORS, OPERATORS),
  'standard without Kafka, certificates as secrets': {
    ...bank('standard', { kafka: { mode: 'none', brokers: [] }, tls: { mode: 'secrets' } }),
    apis: [],
  },
  'standard with a token': bank('standard', {
    keys: {
      driver: 'pkcs11',
      pkcs11: {
        module: '/opt/pkcs11/lib.so',
        token: 'countersign',
        env: { VENDOR_CONFIGURATION: '/opt/pkcs11/client.conf' },
        volume: { persistentVolumeClaim: { claimName: 'hsm-client' } },
      },
    },
  }),
  'standard with a vault': bank('standard', {
    keys: {
      driver: 'azure',
      credentials: 'secret',
      azure: { vaultUrl: 'https://bank.vault.azure.net', tenantId: 'directory', clientId: 'application' },
    },
  }),
  'standard with credentials of KMS': bank('standard', { keys: { credentials: 'secret', tokenSigning: 'delegated' } }),
  'standard of fixed size': bank('standard', { serviceDefaults: { autoscaling: { enabled: false }, replicas: 3 } }),
  regulated: bank('regulated'),
  'regulated with a command': bank('regulated', {
    command: { args: ['key', 'list'], podLabels: { team: 'identity' }, serviceAccount: { annotations: { role: 'a' } } },
  }),
};

const TENANT = {
  tenant: {
    slug: 'north-bank',
    name: 'North Bank',
    rpId: 'north-bank.example',
    applications: [{ name: 'Online banking', type: 'web', origins: ['https://login.north-bank.example'] }],
    policy: { actions: { 'payee.add': { acr: 'phr', maxAge: 60 } } },
  },
  image: { registry: 'images.bank.example', digest: DIGEST },
  serviceAccount: { annotations: { 'role.bank.example/key': 'north-bank' } },
};
const tenant = (over = {}, release = 'north-bank') => ({
  chart: 'countersign-tenant',
  release,
  namespace: release,
  values: merged({ ...TENANT, platform: { namespace: NAMESPACE, release: 'countersign' } }, over),
  apis: [CERT_MANAGER],
});

/** Tenants: of the platform that VARIANTS.standard is, and with an installation of their own. */
export const TENANTS = {
  tenant: tenant(),
  'dedicated tenant': tenant({
    dedicated: true,
    dataPlane: { ...BANK, publicUrl: 'https://login.north-bank.example' },
  }),
  'dedicated tenant, regulated': tenant({ dedicated: true, dataPlane: { ...BANK, profile: 'regulated' } }),
  'dedicated tenant on operators': {
    ...tenant({ dedicated: true, dataPlane: merged(BANK, ON_OPERATORS) }),
    apis: [CERT_MANAGER, ...OPERATORS],
  },
};

export const withDigest = (rendering, digest) => {
  const { dedicated } = rendering.values;
  const image = { digest };
  return { ...rendering, values: merged(rendering.values, { image, ...(dedicated && { dataPlane: { image } }) }) };
};

const secretsOf = (fullname, ...kinds) =>
  SERVICES.flatMap((service) => kinds.map((kind) => `${fullname}-${service}-${kind}`));

/** What pods of a variant mount that no manifest brings: made by a Job, by an operator, or by the bank. */
export function knownTo(name) {
  const { release = 'countersign', values } = VARIANTS[name] ?? TENANTS[name];
  const fullname = release.includes('countersign') ? release : `${release}-countersign`;
  const configMaps = [`${fullname}-snapshot-keys`, 'metadata-roots', 'service-authority'];
  const made = [...secretsOf(fullname, 'database', 'kafka', 'keys'), `${fullname}-database-admin`];
  const bank = ['database-ca', 'kafka-ca', 'kafka-admin'];
  const generated = name.startsWith('evaluation') || values.tls?.mode === 'secrets';
  const certificates = generated ? [...secretsOf(fullname, 'tls'), `${fullname}-cli-tls`] : [];
  const evaluating = ['master-key', 'postgres-tls', 'kafka-tls', 'kafka-users', 'admin-kafka'].map(
    (one) => `${fullname}-${one}`,
  );
  const operators = [`${fullname}-kafka-cluster-ca-cert`, `${fullname}-database-ca`];
  const also = name.startsWith('evaluation') ? evaluating : name.includes('operators') ? operators : bank;
  return { configMaps, secrets: [...made, ...certificates, ...also] };
}
