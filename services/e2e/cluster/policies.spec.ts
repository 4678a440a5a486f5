import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { SERVICES, TOPOLOGY } from '@countersign/contracts';
import { RELEASE } from './harness/charts.js';
import { figure } from './harness/figures.js';
import { newNamespace } from './harness/namespaces.js';
import { labelsOf, outcomes, startProbes, stopProbes, type Outcome, type Probe } from './harness/probes.js';
import { kubectl, read } from './harness/programs.js';
import { standard, type Standard } from './harness/standard.js';

jest.setTimeout(900_000);

/** A pod with the labels of the component, which the policies take for one of its own. */
const probeOf = (namespace: string, component: string): Probe => ({
  name: `probe-${component}`,
  namespace,
  labels: { ...labelsOf(component), probe: 'true' },
});

interface Pods {
  items: { status: { podIP: string } }[];
}

/** Address of a pod of a component: a probe has the component's labels, but is not in its Service. */
async function addressOf(namespace: string, component: string): Promise<string> {
  const selector = `app.kubernetes.io/component=${component},!probe`;
  const { items } = await read<Pods>('pods', '--namespace', namespace, '-l', selector);
  return items[0]!.status.podIP;
}

describe('network policies', () => {
  let platform: Standard;
  let probes: Probe[];
  let stranger: Probe;
  const found: Record<string, Record<string, Outcome>> = {};
  const ips: Record<string, string> = {};

  beforeAll(async () => {
    platform = await standard();
    const { namespace } = platform;
    probes = [...SERVICES, 'cli', 'nobody'].map((component) => probeOf(namespace, component));
    stranger = { name: 'stranger', namespace: await newNamespace('stranger'), labels: labelsOf('gateway') };
    await startProbes([...probes, stranger]);
    for (const service of SERVICES) ips[service] = await addressOf(namespace, service);
    const targets = Object.values(ips).flatMap((ip) => [`${ip}:7000`, `${ip}:7001`, `${ip}:8080`]);
    for (const probe of [...probes, stranger])
      found[probe.labels['app.kubernetes.io/component']! + (probe === stranger ? '-elsewhere' : '')] = await outcomes(
        probe,
        targets,
      );
  });

  afterAll(() => stopProbes([...probes, stranger]));

  const callers = [...SERVICES, 'cli', 'nobody'];
  const isEdge = (from: string, to: string): boolean => TOPOLOGY.some((edge) => edge.from === from && edge.to === to);

  test('CARD-5.helm · every edge of the topology is open, and no other pair of pods', () => {
    const pairs = callers.flatMap((from) => SERVICES.filter((to) => to !== from).map((to) => ({ from, to })));
    const open = pairs.filter(({ from, to }) => found[from]![`${ips[to]}:7000`] !== 'nothing');
    expect(open).toEqual(pairs.filter(({ from, to }) => isEdge(from, to)));
    figure('network policies', `${open.length} edges open, ${pairs.length - open.length} other pairs closed`);
  });

  test('CARD-5.helm · nobody but whom values name reaches health, metrics or the gateway', () => {
    for (const from of callers)
      for (const to of SERVICES)
        for (const port of [7001, 8080])
          expect([from, to, port, found[from]![`${ips[to]}:${port}`]]).toEqual([from, to, port, 'nothing']);
  });

  test('CARD-5.helm · a pod of another namespace reaches nothing, whatever its labels say', () => {
    expect(new Set(Object.values(found['gateway-elsewhere']!))).toEqual(new Set(['nothing']));
  });

  test('CARD-5.helm · services reach what values name and nothing else', async () => {
    const { backends } = platform;
    const apiServer = `${(await kubectl('get', 'service', 'kubernetes', '-o', 'jsonpath={.spec.clusterIP}')).trim()}:443`;
    const own = [`${backends.hosts.postgres}:5432`, `${backends.hosts.kafka}:9092`];
    const kms = `${backends.hosts.kms}:4566`;
    for (const service of SERVICES) {
      const seen = await outcomes(probeOf(platform.namespace, service), [...own, kms, apiServer, '192.0.2.1:443']);
      const hasKeys = ['tenant', 'session', 'challenge', 'enrollment', 'verification'].includes(service);
      expect([service, seen]).toEqual([
        service,
        {
          [own[0]!]: 'connected',
          [own[1]!]: 'connected',
          [kms]: hasKeys ? 'connected' : 'nothing',
          [apiServer]: 'nothing',
          '192.0.2.1:443': 'nothing',
        },
      ]);
    }
  });

  test('CARD-5.helm · clients that values name reach the gateway and no service behind it', async () => {
    const client: Probe = { name: 'client', namespace: 'countersign-test-clients', labels: {} };
    await startProbes([client]);
    const services = SERVICES.filter((name) => name !== 'gateway').map((name) => `${ips[name]}:7000`);
    const seen = await outcomes(client, [`${RELEASE}-gateway.${platform.namespace}.svc:80`, ...services]);
    expect(
      Object.entries(seen)
        .filter(([, outcome]) => outcome !== 'nothing')
        .map(([address]) => address),
    ).toEqual([`${RELEASE}-gateway.${platform.namespace}.svc:80`]);
    await stopProbes([client]);
  });
});
