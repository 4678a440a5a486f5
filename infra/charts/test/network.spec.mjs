// The policies say what topology.ts says: each edge is open, every other pair is closed.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { SERVICES, TOPOLOGY } from '@countersign/contracts';
import { CHARTS, NAMESPACE, render } from '../lib/helm.mjs';
import { componentOf, ofKind, podsOf } from '../lib/manifests.mjs';
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

describe.each(Object.keys(VARIANTS))('%s', (name) => {
  const look = async () => {
    const manifests = await render(VARIANTS[name]);
    const found = ends(manifests);
    const open = (from, to, port = GRPC) => reaches(manifests, from, to, { port, namespace: NAMESPACE });
    return { manifests, found, open };
  };

  test('CARD-5.helm · BCB-16.namespace · each pair of components reaches one another exactly as topology.ts has it', async () => {
    const { found, open } = await look();
    const wrong = SERVICES.flatMap((to) =>
      Object.keys(found)
        .filter((from) => from !== to && open(found[from], found[to]) !== mayCall(callerOf(from), to))
        .map((from) => `${from} → ${to}: ${open(found[from], found[to])}`),
    );
    expect(wrong).toEqual([]);
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

/** The pod of `helm test`, and that of a command, call as the command line. */
function callerOf(component) {
  return ['test', 'command'].includes(component) ? 'cli' : component;
}
