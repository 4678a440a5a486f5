// Charts rendered by Helm itself, as objects.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { provisionHelm } from '../../scripts/provision/helm.mjs';

export const CHARTS = resolve(import.meta.dirname, '../../../charts');
export const NAMESPACE = 'identity';
export const RELEASE = 'countersign';

/** What Helm said when it refused. */
export class HelmRefused extends Error {
  name = 'HelmRefused';
}

let helm;
const rendered = new Map();

/** Runs Helm with `values` on its standard input. @throws HelmRefused with its standard error */
async function run(args, values, cwd = CHARTS) {
  helm ??= provisionHelm();
  const child = spawn((await helm).HELM, args, { cwd, stdio: 'pipe' });
  const [stdout, stderr] = [child.stdout, child.stderr].map((stream) => stream.setEncoding('utf8').toArray());
  child.stdin.end(JSON.stringify(values ?? {}));
  const code = await new Promise((done, refuse) => child.once('error', refuse).once('close', done));
  if (code !== 0) throw new HelmRefused((await stderr).join('').trim() || (await stdout).join('').trim());
  return (await stdout).join('');
}

/**
 * @typedef {object} Rendering
 * @property {string} [chart] a folder below charts/, or a path
 * @property {string[]} [files] values files, from the chart's folder
 * @property {object} [values] set over them
 * @property {string[]} [apis] `group/version/Kind` that the cluster knows besides Kubernetes' own
 * @property {boolean} [upgrade] as for `helm upgrade`
 * @property {string} [release]
 * @property {string} [namespace]
 */

/** The text of all manifests, hooks and tests among them. @param {Rendering} rendering */
export function template(rendering) {
  const { chart = 'countersign', files = [], values, apis = [], upgrade } = rendering;
  const { release = RELEASE, namespace = NAMESPACE } = rendering;
  const folder = resolve(CHARTS, chart);
  const args = ['template', release, folder, '--namespace', namespace, '--kube-version', '1.34.0'];
  for (const file of files) args.push('--values', join(folder, file));
  for (const api of apis) args.push('--api-versions', api);
  return run([...args, ...(upgrade ? ['--is-upgrade'] : []), '--values', '-'], values);
}

/**
 * Manifests as objects; the same rendering is made once in a run of Jest. Nobody may change them.
 * @param {Rendering} rendering
 * @returns {Promise<object[]>}
 */
export function render(rendering) {
  const key = JSON.stringify(rendering);
  if (!rendered.has(key)) rendered.set(key, shared(rendering, key));
  return rendered.get(key);
}

/** Files of tests have no memory in common: what one has rendered, the others read from the folder of the run. */
async function shared(rendering, key) {
  const folder = process.env.COUNTERSIGN_TEST_RUN;
  if (!folder) return manifestsOf(await template(rendering));
  const file = join(folder, 'charts', `${createHash('sha256').update(key).digest('hex')}.json`);
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'));
  const manifests = manifestsOf(await template(rendering));
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.${process.pid}`, JSON.stringify(manifests));
  renameSync(`${file}.${process.pid}`, file);
  return manifests;
}

/** As Helm reads them: YAML 1.1, where `0440` is octal and `on` is true. A map with a key twice is an error. */
export function manifestsOf(text) {
  const documents = parseAllDocuments(text, { version: '1.1', uniqueKeys: true });
  for (const { errors } of documents) if (errors.length > 0) throw errors[0];
  return documents.map((document) => document.toJS()).filter((manifest) => manifest !== null);
}

/** What Helm says against a rendering, in a line. @returns {Promise<string>} empty when it says nothing */
export const refusal = (rendering) =>
  template(rendering).then(
    () => '',
    (error) => error.message,
  );

export const lint = ({ chart, files = [], values }) =>
  run(
    ['lint', '--strict', chart, ...files.flatMap((file) => ['--values', join(chart, file)]), '--values', '-'],
    values,
  );
