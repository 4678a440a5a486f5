// Programs of the machine, and Debian's packages where one is missing.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run, say } from '../lib/workspace.mjs';

const may = (mode) => (path) => {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
};

export const runs = may(constants.X_OK);
export const reads = may(constants.R_OK);

/** The first of `names` in PATH. */
export const program = (names, env = process.env) =>
  (env.PATH ?? '')
    .split(delimiter)
    .filter(Boolean)
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find(runs);

/**
 * Installs packages of Debian.
 * @param {string} purpose ends the sentence `Installing … by apt-get, for`
 * @throws Error with `remedy`, where this user cannot
 */
export async function aptInstall(packages, purpose, remedy, env = process.env) {
  if (!program(['apt-get'], env) || process.getuid?.() !== 0) throw new Error(remedy);
  say(`Installing ${packages.join(', ')} by apt-get, for ${purpose} …`);
  const quiet = { env: { ...env, DEBIAN_FRONTEND: 'noninteractive' } };
  await run('apt-get', ['-qq', 'update'], quiet);
  await run('apt-get', ['-qq', '-y', '--no-install-recommends', 'install', ...packages], quiet);
}
