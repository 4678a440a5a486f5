import { appendFileSync } from 'node:fs';
import { kubectl, read } from './programs.js';

/** A figure of the run, for whoever reads it and, where CLUSTER_FIGURES names a file, for the documentation. */
export function figure(name: string, value: string): void {
  const line = `${name}: ${value}`;
  process.stdout.write(`  ${line}\n`);
  if (process.env.CLUSTER_FIGURES) appendFileSync(process.env.CLUSTER_FIGURES, `${line}\n`);
}

/** Seconds that a piece of work takes, one decimal. */
export async function timed<T>(work: () => Promise<T>): Promise<{ seconds: string; result: T }> {
  const begun = performance.now();
  const result = await work();
  return { seconds: `${((performance.now() - begun) / 1000).toFixed(1)} s`, result };
}

interface Summary {
  pods: { podRef: { name: string; namespace: string }; memory?: { workingSetBytes: number } }[];
}

/** What pods of a namespace hold now, in MB: working sets as the kubelets measure them. */
export async function memoryOf(namespace: string): Promise<Record<string, number>> {
  const { items } = await read<{ items: { metadata: { name: string } }[] }>('nodes');
  const summaries = await Promise.all(items.map(({ metadata }) => summaryOf(metadata.name)));
  const pods = summaries.flatMap((summary) => summary.pods).filter(({ podRef }) => podRef.namespace === namespace);
  return Object.fromEntries(
    pods.map(({ podRef, memory }) => [podRef.name, Math.round((memory?.workingSetBytes ?? 0) / 1e6)]),
  );
}

const summaryOf = async (node: string): Promise<Summary> =>
  JSON.parse(await kubectl('get', '--raw', `/api/v1/nodes/${node}/proxy/stats/summary`)) as Summary;
