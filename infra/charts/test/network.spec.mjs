// The policies say what topology.ts says: each edge is open, every other pair is closed.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { SERVICES, TOPOLOGY } from '@countersign/contracts';
import { CHARTS, NAMESPACE, render } from '../lib/helm.mjs';
import { componentOf, ofKind, only, podsOf } from '../lib/manifests.mjs';
import { reaches } from '../lib/network.mjs';
import { VARIANTS } from '../lib/variants.mjs';

const GRPC = 7000;
const mayCall = (from, to) => TOPOLOGY.some((edge) => edge.from === from && edge.to === to);
const ends = (manifests) =>
  Object.fromEntries(
    podsOf(manifests).map(({ owner, labels, containers }) => [
      componentOf(owner),
      { labels, namespace: NAMESPACE, ports: namesOf(containers) },
    ]),
  );
const namesOf = (containers) =>
  Object.fromEntries(
    containers.flatMap(({ ports = [] }) => ports.map(({ name, containerPort }) => [containerPort, name])),
  );
const others = (end) => ({ ...end, namespace: 'elsewhere' });

test('CARD-5.helm · what the chart knows of services and edges is what the code says', () => {
  const { services, edges } = JSON.parse(readFileSync(join(CHARTS, 'countersign/files/topology.json'), 'utf8'));
  const pairs = (list) => [...new Set(list.map(({ from, to }) => `${from} → ${to}`))].sort();
  expect(services).toEqual([...SERVICES]);
  expect(pairs(edges)).toEqual(pairs(TOPOLOGY));
});

const judged = (manifests) => ({
  manifests,
  found: ends(manifests),
  open: (from, to, port = GRPC, protocol = 'TCP') =>
    reaches(manifests, from, to, { port, protocol, namespace: NAMESPACE }),
});

/** Pairs of components that are open and should not be, or the other way round. */
const wrongPairs = (manifests) => {
  const { found, open } = judged(manifests);
  return SERVICES.flatMap((to) =>
    Object.keys(found)
      .filter((from) => from !== to && open(found[from], found[to]) !== mayCall(callerOf(from), to))
      .map((from) => `${from} → ${to}`),
  );
};

describe.each(Object.keys(VARIANTS))('%s', (name) => {
  const look = async () => judged(await render(VARIANTS[name]));

  test('CARD-5.helm BCB-16.namespace · each pair of components reaches one another exactly as topology.ts has it', async () => {
    expect(wrongPairs(await render(VARIANTS[name]))).toEqual([]);
  });

  test('BCB-16.namespace · nothing of another namespace reaches a service, whatever its labels are', async () => {
    const { found, open } = await look();
    const reached = SERVICES.flatMap((to) =>
      Object.keys(found)
        .filter((from) => open(others(found[from]), found[to]) || open(found[from], others(found[to])))
        .map((from) => `${from} → ${to}`),
    );
    expect(reached).toEqual([]);
  });

  test('BCB-16.namespace · a pod without labels is closed both ways, or reached by nobody of the release', async () => {
    const { found, open } = await look();
    const stranger = { labels: {}, namespace: NAMESPACE };
    const reached = Object.entries(found).filter(([, end]) => open(stranger, end) || open(end, stranger));
    expect(reached.map(([component]) => component)).toEqual([]);
  });

  test('BCB-16.namespace · metrics and the database’s port are not open to services', async () => {
    const { found, open } = await look();
    for (const from of SERVICES)
      for (const to of SERVICES.filter((one) => one !== from)) expect(open(found[from], found[to], 7001)).toBe(false);
  });

  test('BCB-16.namespace · a policy says for both directions whether it speaks of them', async () => {
    const { manifests } = await look();
    for (const { spec } of ofKind(manifests, 'NetworkPolicy')) expect(spec.policyTypes).toBeDefined();
  });

  test('BCB-16.namespace · no service reaches the internet, nor the addresses of a cloud’s metadata', async () => {
    const { found, open } = await look();
    const reached = [...SERVICES, 'test'].flatMap((from) =>
      ['203.0.113.9', '169.254.169.254']
        .flatMap((address) => [80, 443, 5432, 9092].map((port) => ({ from, address, port })))
        .filter(({ address, port }) => open(found[from], { address }, port)),
    );
    expect(reached).toEqual([]);
  });
});

describe('what is outside', () => {
  const COMPONENTS = [...SERVICES, 'install', 'test'];
  const KEYS = ['tenant', 'enrollment', 'challenge', 'verification', 'session', 'install'];
  const pod = (namespace, labels = {}) => ({ labels, namespace });
  /** Components that reach `end`, or that `end` reaches. */
  const reachers = async (port, end, protocol) => {
    const { found, open } = judged(await render(VARIANTS.standard));
    return COMPONENTS.filter((from) => open(found[from], end, port, protocol));
  };
  const reached = async (port, end) => {
    const { found, open } = judged(await render(VARIANTS.standard));
    return COMPONENTS.filter((to) => open(end, found[to], port));
  };

  test.each([
    ['names', 53, pod('kube-system', { 'k8s-app': 'kube-dns' }), 'UDP', COMPONENTS],
    ['PostgreSQL', 5432, { address: '10.20.0.9' }, 'TCP', [...SERVICES, 'install']],
    ['Kafka', 9093, { address: '10.30.0.9' }, 'TCP', [...SERVICES, 'install']],
    ['the key store', 443, { address: '10.40.0.9' }, 'TCP', KEYS],
    ['the API of Kubernetes', 443, { address: '10.96.0.1' }, 'TCP', ['install']],
    ['PostgreSQL at another port', 22, { address: '10.20.0.9' }, 'TCP', []],
    ['another pod of kube-system', 53, pod('kube-system', { app: 'other' }), 'UDP', []],
  ])('BCB-16.namespace · %s: reached by those who use it', async (_, port, end, protocol, expected) => {
    expect((await reachers(port, end, protocol)).sort()).toEqual([...expected].sort());
  });

  test.each([
    ['the ingress reaches the gateway', 8080, pod('ingress'), ['gateway']],
    ['the ingress reaches no other port', 7001, pod('ingress'), []],
    ['monitoring reads metrics of services', 7001, pod('monitoring'), [...SERVICES]],
    ['monitoring calls nobody', GRPC, pod('monitoring'), []],
    ['a tenant’s namespace reaches nothing', 8080, pod('tenant-a', { 'app.kubernetes.io/component': 'cli' }), []],
  ])('BCB-16.namespace · %s', async (_, port, end, expected) => {
    expect((await reached(port, end)).sort()).toEqual([...expected].sort());
  });
});

describe('policies are caught', () => {
  const broken = async (change) => {
    const manifests = JSON.parse(JSON.stringify(await render(VARIANTS.standard)));
    change(only(manifests, 'NetworkPolicy', 'countersign-session').spec, manifests);
    return wrongPairs(manifests);
  };

  test.each([
    ['that forget a caller', (spec) => (spec.ingress = []), ['gateway → session', 'risk → session']],
    ['that forget the way out', (spec) => (spec.egress = []), ['session → tenant', 'session → audit']],
  ])('CARD-5.helm · %s', async (_, change, pairs) => {
    expect(await broken(change)).toEqual(expect.arrayContaining(pairs));
  });

  test('CARD-5.helm · that are open on both sides', async () => {
    const found = await broken((spec, manifests) => {
      spec.egress.push({ to: [{ podSelector: {} }] });
      only(manifests, 'NetworkPolicy', 'countersign-risk').spec.ingress.push({ from: [{ podSelector: {} }] });
    });
    expect(found).toEqual(['session → risk']);
  });
});

/** The pod of `helm test`, and that of a command, call as the command line. */
function callerOf(component) {
  return ['test', 'command'].includes(component) ? 'cli' : component;
}
