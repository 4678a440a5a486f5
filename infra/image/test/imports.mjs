// Which modules of ours the image loads, beginning with its entrypoint.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** `import x from 'p'`, `export … from 'p'`, `import 'p'`, `import('p')`. */
const IMPORT = /^(?:import|export)\s(?:[^;'"`=()]*?\sfrom\s)?['"]([^'"\n]+)['"]|\bimport\(['"]([^'"]+)['"]\)/gm;

/** Where it begins: what runs, and what is loaded by a name put together. */
const ENTRIES = ['services/*/dist/main.js', 'services/standalone/dist/{image,cli}/main.js', 'libs/*/dist/*-thread.js'];
/** The installation on one machine: not started in a container. */
const NOT_RUN = 'services/standalone/dist/main.js';

/**
 * @param {string} app the folder /app of the image
 * @returns {string[]} modules, below it, that only define something: entries start something
 */
export function modulesOf(app) {
  const entries = globSync(ENTRIES, { cwd: app }).filter((path) => path !== NOT_RUN);
  const seen = new Set();
  const visit = (path) => {
    if (seen.has(path)) return;
    seen.add(path);
    importsOf(app, path).forEach(visit);
  };
  entries.forEach(visit);
  return [...seen].filter((path) => !entries.includes(path)).sort();
}

function importsOf(app, path) {
  const text = readFileSync(join(app, path), 'utf8');
  const names = [...text.matchAll(IMPORT)].map(([, one, other]) => one ?? other);
  return names.map((name) => ownModule(app, path, name)).filter((module) => module !== undefined);
}

function ownModule(app, path, name) {
  if (name.startsWith('.')) return join(dirname(path), name);
  const [, folder, door = '.'] = /^@countersign\/([^/]+)(?:\/(.+))?$/.exec(name) ?? [];
  if (!folder) return undefined;
  const workspace = ['libs', 'services'].map((kind) => join(kind, folder)).find((at) => existsSync(join(app, at)));
  if (!workspace) throw new Error(`${path} imports ${name}, which is not in the image`);
  const { exports } = JSON.parse(readFileSync(join(app, workspace, 'package.json'), 'utf8'));
  const target = exports[door === '.' ? '.' : `./${door}`];
  return join(workspace, target.default ?? target);
}
