import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { RELEASE } from './charts.js';
import { image, nameOf } from './images.js';
import { podSpec, type ContainerOptions } from './pods.js';
import { labelsOf } from './probes.js';
import { apply, kubectl } from './programs.js';

const LIMIT_MS = 180_000;

export interface OneOff extends Omit<ContainerOptions, 'image'> {
  namespace: string;
  name: string;
  labels?: Record<string, string>;
}

/** Runs a pod of the image to its end. @returns its standard output and error. @throws Error with these, when it fails */
export async function runOnce({ namespace, name, labels = {}, ...options }: OneOff): Promise<string> {
  const spec = { ...podSpec({ image: nameOf(image('now')), ...options }), restartPolicy: 'Never' };
  await kubectl('delete', 'pod', name, '--namespace', namespace, '--ignore-not-found', '--wait');
  await apply(namespace, { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels }, spec });
  const at = ['--namespace', namespace];
  const phase = await untilEnded(name, at);
  const log = await kubectl('logs', name, ...at);
  if (phase !== 'Succeeded') throw new Error(`${name}: ${phase}: ${log}`);
  return log;
}

async function untilEnded(name: string, at: string[]): Promise<string> {
  for (const end = Date.now() + LIMIT_MS; ; await sleep(1_000)) {
    const phase = await kubectl('get', 'pod', name, ...at, '-o', 'jsonpath={.status.phase}');
    if (phase === 'Succeeded' || phase === 'Failed') return phase;
    if (Date.now() > end) return `still ${phase}`;
  }
}

/** The command line beside a release, as the caller `cli`. @returns what it prints with --json */
export async function countersign<T>(namespace: string, ...args: string[]): Promise<T> {
  const log = await runOnce({
    namespace,
    name: 'command-line',
    labels: labelsOf('cli'),
    args: [...args, '--json', '--settings', '/etc/countersign/settings'],
    mounts: {
      '/etc/countersign/settings': { configMap: `${RELEASE}-install-settings` },
      '/etc/countersign/cli/tls': { secret: `${RELEASE}-cli-tls` },
    },
  });
  return JSON.parse(log.slice(log.indexOf('{'))) as T;
}

/** One of our programs, in a pod. @returns the JSON it prints last */
export async function program<T>(file: string, options: OneOff): Promise<T> {
  const text = readFileSync(`services/e2e/cluster/programs/${file}`, 'utf8');
  const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: options.name }, data: { [file]: text } };
  await apply(options.namespace, map);
  const mounts = { '/program': { configMap: options.name }, ...options.mounts };
  const log = await runOnce({ ...options, command: ['/usr/local/bin/node', `/program/${file}`], mounts });
  return JSON.parse(log.trim().split('\n').at(-1)!) as T;
}
