import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CHART, RELEASE, evaluationValues } from './charts.js';
import { helm, kubectl, tryKubectl } from './programs.js';

const LIMIT_MS = 120_000;

/**
 * `countersign …` beside an evaluation, by the Job of the chart and the commands of docs/operators/kubernetes.md.
 * @returns what the Job wrote
 * @throws Error with what kubectl said
 */
export async function commandJob(namespace: string, ...args: string[]): Promise<string> {
  const file = join(mkdtempSync(join(tmpdir(), 'countersign-command-')), 'command.yaml');
  const set = ['--set', `command.args={${args.join()}}`, '--show-only', 'templates/command.yaml'];
  writeFileSync(file, await helm('template', RELEASE, CHART, '--namespace', namespace, ...evaluationValues(), ...set));
  await kubectl('replace', '--force', '--filename', file);
  const log = await logOf(namespace);
  await kubectl('delete', '--filename', file);
  return log;
}

/** A pod that is still starting has no log yet. */
async function logOf(namespace: string): Promise<string> {
  for (const end = Date.now() + LIMIT_MS; ; await sleep(1_000)) {
    const { code, stdout, stderr } = await tryKubectl(
      '--namespace',
      namespace,
      'logs',
      '--follow',
      `job/${RELEASE}-command`,
    );
    if (code === 0) return stdout;
    if (!stderr.includes('ContainerCreating') || Date.now() > end) throw new Error(stderr);
  }
}
