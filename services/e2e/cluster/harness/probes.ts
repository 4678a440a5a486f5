import { setTimeout as sleep } from 'node:timers/promises';
import { RELEASE } from './charts.js';
import { image, nameOf } from './images.js';
import { podSpec } from './pods.js';
import { apply, kubectl } from './programs.js';

/** What a connection attempt met; `refused` is an answer: the packets got there and nobody listens. */
export type Outcome = 'connected' | 'refused' | 'nothing';

/** `host:port` */
export type Address = string;

/** Labels of a pod of the release, so that policies take a probe for one. */
export const labelsOf = (component: string): Record<string, string> => ({
  'app.kubernetes.io/name': 'countersign',
  'app.kubernetes.io/instance': RELEASE,
  'app.kubernetes.io/component': component,
});

/** Tries every address at once and prints what came of each, as JSON. */
const PROGRAM = `
const { connect } = require('node:net');
const attempt = (address) => new Promise((resolve) => {
  const at = address.lastIndexOf(':');
  const socket = connect({ host: address.slice(0, at), port: Number(address.slice(at + 1)) });
  const end = (outcome) => { socket.destroy(); resolve([address, outcome]); };
  socket.setTimeout(3000, () => end('nothing'));
  socket.once('connect', () => end('connected'));
  socket.once('error', (error) => end(error.code === 'ECONNREFUSED' ? 'refused' : 'nothing'));
});
Promise.all(process.argv.slice(1).map(attempt)).then((all) => console.log(JSON.stringify(Object.fromEntries(all))));
`;

export interface Probe {
  name: string;
  namespace: string;
  labels: Record<string, string>;
}

/** Pods that do nothing and are ready to try connections. A plug-in needs a moment before its rules hold for new pods. */
export async function startProbes(probes: readonly Probe[]): Promise<void> {
  const command = [
    '/usr/local/bin/node',
    '-e',
    'setInterval(() => {}, 1e6); process.on("SIGTERM", () => process.exit())',
  ];
  const spec = podSpec({ image: nameOf(image('now')), command, memory: '128Mi' });
  for (const { name, namespace, labels } of probes)
    await apply(namespace, { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels }, spec });
  for (const { name, namespace } of probes)
    await kubectl('wait', `pod/${name}`, '--for=condition=Ready', '--namespace', namespace, '--timeout=2m');
  await sleep(5_000);
}

/** @returns what each address answered to a probe */
export async function outcomes(
  { name, namespace }: Probe,
  addresses: readonly Address[],
): Promise<Record<Address, Outcome>> {
  const run = ['/usr/local/bin/node', '-e', PROGRAM, ...addresses];
  return JSON.parse(await kubectl('exec', name, '--namespace', namespace, '--', ...run)) as Record<Address, Outcome>;
}

export const stopProbes = async (probes: readonly Probe[]): Promise<void> => {
  for (const { name, namespace } of probes)
    await kubectl('delete', 'pod', name, '--namespace', namespace, '--wait=false', '--ignore-not-found');
};
