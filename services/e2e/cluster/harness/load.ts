import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { image, nameOf } from './images.js';
import { podSpec } from './pods.js';
import { apply, kubectl } from './programs.js';
import { RELEASE } from './charts.js';

/** What came of every request of a load. */
export interface Told {
  seconds: number;
  requests: number;
  signIns: number;
  refreshes: number;
  slowestMs: number;
  failures: { at: string; ms: number; path: string; problem: string }[];
}

export interface Load {
  /** Ends it, and tells. */
  stop(): Promise<Told>;
}

const POD = 'load';
const START_LIMIT_MS = 180_000;

/**
 * People who sign in and refresh their tokens all the time, in a pod beside the release: over the network, through the gateway's
 * Service, at a rate that leaves the machine room.
 */
export async function startLoad(namespace: string, { people = 4, pauseMs = 400 } = {}): Promise<Load> {
  await kubectl('delete', 'pod', POD, '--namespace', namespace, '--ignore-not-found', '--wait');
  const program = readFileSync('services/e2e/cluster/programs/load.mjs', 'utf8');
  const env = {
    API: `http://${RELEASE}-gateway`,
    SLUG: `load-${Date.now().toString(36)}`,
    PEOPLE: String(people),
    PAUSE_MS: String(pauseMs),
  };
  const spec = podSpec({
    image: nameOf(image('now')),
    command: ['/usr/local/bin/node', '/load/load.mjs'],
    env,
    mounts: {
      '/load': { configMap: 'load' },
      '/etc/countersign/settings': { configMap: `${RELEASE}-install-settings` },
      '/etc/countersign/cli/tls': { secret: `${RELEASE}-cli-tls` },
    },
  });
  await apply(
    namespace,
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'load' }, data: { 'load.mjs': program } },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: POD, labels: LABELS },
      spec: { ...spec, restartPolicy: 'Never' },
    },
  );
  await untilReady(namespace);
  return { stop: () => stop(namespace) };
}

/** Those of the pod of `helm test`, which may call the control plane and the gateway. */
const LABELS = {
  'app.kubernetes.io/name': 'countersign',
  'app.kubernetes.io/instance': RELEASE,
  'app.kubernetes.io/component': 'test',
};

const logOf = (namespace: string): Promise<string> => kubectl('logs', POD, '--namespace', namespace).catch(() => '');

async function untilReady(namespace: string): Promise<void> {
  for (const end = Date.now() + START_LIMIT_MS; ; await sleep(1_000)) {
    const log = await logOf(namespace);
    if (log.includes('"ready":true')) return;
    const phase = await kubectl('get', 'pod', POD, '--namespace', namespace, '-o', 'jsonpath={.status.phase}');
    if (phase === 'Failed' || Date.now() > end) throw new Error(`the load does not start (${phase}):\n${log}`);
  }
}

async function stop(namespace: string): Promise<Told> {
  await kubectl('exec', POD, '--namespace', namespace, '--', '/usr/local/bin/node', '-e', "process.kill(1, 'SIGTERM')");
  await kubectl(
    'wait',
    `pod/${POD}`,
    '--for=jsonpath={.status.phase}=Succeeded',
    '--namespace',
    namespace,
    '--timeout=60s',
  );
  const lines = (await logOf(namespace)).trim().split('\n');
  return JSON.parse(lines.at(-1)!) as Told;
}

/** A line about a load, for the figures. */
export const summaryOf = ({ seconds, requests, failures, slowestMs }: Told): string =>
  `${requests} requests in ${seconds} s, ${failures.length} failed, the slowest ${slowestMs} ms`;
