// `npm run test:cluster`: builds the image, brings it to the cluster that KUBECONFIG names, and tries everything there.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { flags } from '../scripts/lib/flags.mjs';
import { runJest } from '../scripts/lib/jest-suite.mjs';
import { counts, failures, print, seconds } from '../scripts/lib/report.mjs';
import { save, summarize } from '../scripts/lib/results.mjs';
import { treeState } from '../scripts/lib/tree.mjs';
import { ensureBuilt, ensureInstalled, fail, run } from '../scripts/lib/workspace.mjs';
import { provisionParts } from '../scripts/provision/parts.mjs';
import { suites } from '../scripts/suites.mjs';
import { provideImages } from './images.mjs';

const NAME = 'npm run test:cluster --';
const SUITE = suites.find(({ name }) => name === 'cluster');
const SUMMARY = `Builds the image and tries it on the Kubernetes cluster of KUBECONFIG: install, tenants, upgrades, failures.
Makes namespaces countersign-test-… and removes them. It needs a storage class by default and NetworkPolicies enforced.`;
const REGISTRY = /^[a-z0-9.-]+(:\d+)?$/;

const values = flags(NAME, SUMMARY, {
  'image-load': {
    type: 'string',
    check: (command) =>
      /\{archive\}/.test(command) && /\{name\}/.test(command) ? undefined : 'has no {archive} or no {name}',
    help: 'how an image gets to every node, {archive} and {name} are put in: docker save or OCI archive, name:tag',
  },
  registry: {
    type: 'string',
    check: (host) => (REGISTRY.test(host) ? undefined : 'is no host:port'),
    help: 'instead: a registry that this machine may write and the nodes may read',
  },
  only: { type: 'string', help: 'these spec files only, by commas, e.g. evaluation,policies' },
  keep: { type: 'boolean', help: 'leaves the namespaces, to be looked at' },
});

/** Refuses before anything takes time. */
function check() {
  const { KUBECONFIG } = process.env;
  if (!KUBECONFIG) fail(`${NAME} KUBECONFIG names no cluster`, 2);
  if (!existsSync(KUBECONFIG)) fail(`${NAME} KUBECONFIG names no file: ${KUBECONFIG}`, 2);
  if (!values['image-load'] === !values.registry) fail(`${NAME} one of --image-load and --registry (see --help)`, 2);
}

async function main() {
  await ensureInstalled();
  const programs = await provisionParts(['helm']);
  await run(programs.KUBECTL, ['get', '--raw', '/readyz']);
  await ensureBuilt();
  const begun = Date.now();
  const tree = treeState();
  await removeNamespaces(programs);
  const images = await provideImages({ load: values['image-load'], registry: values.registry });
  print(`images: built and loaded (${seconds(Date.now() - begun)})`);
  const tests = await runSpecs({ ...process.env, ...programs, ...images });
  if (!values.keep) await removeNamespaces(programs);
  const result = summarize(SUITE.name, tree, Date.now() - begun, tests);
  if (!values.only) save(result);
  failures([result]).forEach(print);
  print(`${seconds(result.ms)} in all`);
  print(counts(result));
  return result.failed > 0 || result.passed === 0 ? 1 : 0;
}

/** What an earlier run kept, or this one made. */
const removeNamespaces = ({ KUBECTL }) =>
  run(KUBECTL, ['delete', 'namespace', '-l', 'countersign-test=true', '--ignore-not-found', '--wait', '--timeout=5m']);

/** One spec file after another; what several use is installed once and told in a folder. */
async function runSpecs(env) {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-cluster-'));
  try {
    const match = values.only?.split(',').map((name) => `services/e2e/cluster/${name}.spec.ts`) ?? SUITE.match;
    return await runJest({ ...SUITE, match }, { ...env, CLUSTER_FOLDER: folder });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

check();
try {
  process.exitCode = await main();
} catch (error) {
  fail(`${NAME} ${error.message}`);
}
