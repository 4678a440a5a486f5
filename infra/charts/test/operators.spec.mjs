// What operators run for an installation is as closed as what the chart runs itself, and not closed to its operator.
import { describe, expect, test } from '@jest/globals';
import { SERVICES } from '@countersign/contracts';
import { NAMESPACE, render } from '../lib/helm.mjs';
import { podsOf } from '../lib/manifests.mjs';
import { reaches } from '../lib/network.mjs';
import { OPERATORS, labelsOfMade, withListenerPolicies } from '../lib/operators.mjs';
import { TENANTS, VARIANTS, merged } from '../lib/variants.mjs';

const COMMAND = { command: { args: ['key', 'list'] } };
const installation = (rendering, over) => ({
  namespace: rendering.namespace ?? NAMESPACE,
  rendering: { ...rendering, values: merged(rendering.values, over) },
});

/** The tenant's own pods may do what they like: that is not for PostgreSQL and Kafka beside them. */
const INSTALLATIONS = {
  platform: installation(VARIANTS['standard on operators'], COMMAND),
  'dedicated tenant': installation(TENANTS['dedicated tenant on operators'], {
    dataPlane: COMMAND,
    networkPolicy: { ingress: [{ ports: [{ port: 5432 }, { port: 9093 }] }], egress: [{}] },
  }),
};

const PORTS = {
  postgres: [5432, 8000, 9187, 22],
  kafka: [9090, 9091, 9092, 9093, 8443, 9404],
  'entity-operator': [8080, 8081],
  api: [443, 6443, 80],
  backups: [443, 80],
  internet: [443, 80],
};
const CALLERS = [...SERVICES, 'install', 'command'];
const EXPECTED = [
  ...CALLERS.flatMap((one) => [`${one} → postgres:5432`, `${one} → kafka:9093`]),
  ...['postgres', 'cloudnativePg'].flatMap((one) => [`${one} → postgres:5432`, `${one} → postgres:8000`]),
  'monitoring → postgres:9187',
  ...['kafka', 'strimzi'].flatMap((one) => [`${one} → kafka:9090`, `${one} → kafka:9091`]),
  'entity-operator → kafka:9091',
  'strimzi → kafka:8443',
  ...['postgres', 'kafka', 'entity-operator', 'install', 'command'].flatMap((one) => [
    `${one} → api:443`,
    `${one} → api:6443`,
  ]),
  'postgres → backups:443',
];

const pod = (namespace, labels = {}) => ({ labels, namespace });

/** Every pod of the installation, what operators make and are, and others: by name. */
const endsOf = (manifests, namespace) => {
  const made = labelsOfMade(manifests);
  const own = podsOf(manifests).filter(({ labels }) => labels['app.kubernetes.io/name'] === 'countersign');
  return {
    ...Object.fromEntries(own.map(({ labels }) => [labels['app.kubernetes.io/component'], pod(namespace, labels)])),
    ...Object.fromEntries(Object.entries(made).map(([name, labels]) => [name, pod(namespace, labels)])),
    ...OPERATORS,
    monitoring: pod('monitoring'),
    neighbour: pod(namespace, { app: 'server-of-the-bank' }),
    'a service, elsewhere': pod('elsewhere', own[0].labels),
    'PostgreSQL, elsewhere': pod('elsewhere', made.postgres),
    'an operator, elsewhere': pod('elsewhere', OPERATORS.cloudnativePg.labels),
  };
};
const ADDRESSES = {
  api: { address: '10.96.0.1' },
  backups: { address: '10.60.0.9' },
  internet: { address: '203.0.113.9' },
};
/** Pods that no policy of the installation is about may go where they like. */
const UNBOUND = ['monitoring', 'neighbour', 'cloudnativePg', 'strimzi'];

describe.each(Object.keys(INSTALLATIONS))('%s', (name) => {
  const look = async () => {
    const manifests = withListenerPolicies(await render(INSTALLATIONS[name].rendering));
    const { namespace } = INSTALLATIONS[name];
    const ends = endsOf(manifests, namespace);
    const open = (from, to, port) => reaches(manifests, from, to, { port, protocol: 'TCP', namespace });
    return { ends, open };
  };
  const goesAnywhere = (from, to) => to in ADDRESSES && (UNBOUND.includes(from) || from.endsWith('elsewhere'));

  test('BCB-16.namespace BCB-16.dedicated · PostgreSQL and Kafka that operators run are reached, and reach, exactly what they need', async () => {
    const { ends, open } = await look();
    const found = Object.keys(ends).flatMap((from) =>
      Object.entries(PORTS)
        .filter(([to]) => !goesAnywhere(from, to))
        .flatMap(([to, ports]) =>
          ports
            .filter((port) => open(ends[from], ends[to] ?? ADDRESSES[to], port))
            .map((port) => `${from} → ${to}:${port}`),
        ),
    );
    expect(found.sort()).toEqual([...EXPECTED].sort());
  });

  test('BCB-16.namespace BCB-16.dedicated · what operators run finds names, and calls no service', async () => {
    const { ends, open } = await look();
    for (const one of ['postgres', 'kafka', 'entity-operator']) {
      expect(open(ends[one], { labels: { 'k8s-app': 'kube-dns' }, namespace: 'kube-system' }, 53)).toBe(true);
      const called = SERVICES.filter((to) => [7000, 7001, 8080].some((port) => open(ends[one], ends[to], port)));
      expect(called).toEqual([]);
    }
  });
});

test('BCB-16.namespace · where networkPolicy.enabled is false, neither the chart nor Strimzi closes what operators run', async () => {
  const { rendering } = INSTALLATIONS.platform;
  const manifests = await render({
    ...rendering,
    values: merged(rendering.values, { networkPolicy: { enabled: false } }),
  });
  expect(manifests.filter(({ kind }) => kind === 'NetworkPolicy')).toEqual([]);
  const [kafka] = manifests.filter(({ kind }) => kind === 'Kafka');
  expect(kafka.spec.kafka.listeners.map((one) => one.networkPolicyPeers)).toEqual([undefined]);
});
