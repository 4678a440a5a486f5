import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SERVICES } from '@countersign/contracts';
import { image, type Variant } from './images.js';
import { helm, read, tryHelm, type Ended } from './programs.js';

/** The name of every release of the chart: what it deploys is called by it. */
export const RELEASE = 'countersign';
export const CHART = 'charts/countersign';
export const TENANT_CHART = 'charts/countersign-tenant';

type Values = Record<string, unknown>;

/** Little CPU is asked for, so that everything fits on a machine of two cores; memory is what the chart says. */
const LITTLE_CPU = { requests: { cpu: '10m' } };

/** Values of the chart that are those of the machine and the run. */
export const machineValues = (variant: Variant = 'now'): Values => ({
  image: image(variant),
  serviceDefaults: { resources: LITTLE_CPU },
  jobs: { resources: LITTLE_CPU },
  database: { evaluation: { image: image('postgres'), resources: LITTLE_CPU } },
  kafka: { evaluation: { image: image('kafka'), resources: LITTLE_CPU } },
});

/** A file with values, which are JSON and so YAML. */
export function valuesFile(values: Values): string {
  const path = join(mkdtempSync(join(tmpdir(), 'countersign-values-')), 'values.yaml');
  writeFileSync(path, JSON.stringify(values), { mode: 0o600 });
  return path;
}

/** `-f` for each file of values, the last one wins. */
export const withValues = (...files: string[]): string[] => files.flatMap((file) => ['-f', file]);

/** Values of the profile `evaluation` in a run. */
export const evaluationValues = (variant?: Variant): string[] =>
  withValues(`${CHART}/profiles/evaluation.yaml`, valuesFile(machineValues(variant)));

export const installEvaluation = (namespace: string): Promise<string> =>
  helm('install', RELEASE, CHART, '--namespace', namespace, ...evaluationValues(), '--wait', '--timeout', '5m');

export const upgradeEvaluation = (namespace: string, variant: Variant): Promise<Ended> =>
  tryHelm(
    'upgrade',
    RELEASE,
    CHART,
    '--namespace',
    namespace,
    ...evaluationValues(variant),
    '--wait',
    '--timeout',
    '5m',
  );

/** `helm rollback` to the revision before. */
export const rollback = (namespace: string): Promise<Ended> =>
  tryHelm('rollback', RELEASE, '--namespace', namespace, '--wait', '--timeout', '8m');

interface Pods {
  items: { metadata: { deletionTimestamp?: string }; spec: { containers: { image: string }[] } }[];
}

/** Images that the services' pods run. */
export async function running(namespace: string): Promise<string[]> {
  const selector = `app.kubernetes.io/component in (${SERVICES.join()})`;
  const { items } = await read<Pods>('pods', '--namespace', namespace, '-l', selector);
  // What is on its way out answers what it accepted, and is none of the release any more.
  const staying = items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  return [...new Set(staying.map(({ spec }) => spec.containers[0]!.image))];
}

/** `helm test`: the journey through the gateway. Its log is in what it prints. */
export const helmTest = (namespace: string): Promise<Ended> =>
  tryHelm('test', RELEASE, '--namespace', namespace, '--logs', '--timeout', '3m');
