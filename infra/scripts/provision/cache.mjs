// What npm cannot bring is kept outside the project, so that a fresh clone does not fetch it again.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** COUNTERSIGN_CACHE, or the folder for such things of this user. */
const cache = (env) => env.COUNTERSIGN_CACHE || join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'countersign');

/**
 * The folder of one part, made by `make` where it does not exist yet. It gets its name when it is whole: a run that was
 * interrupted leaves nothing behind that a later one would take for complete.
 *
 * @param {string} part e.g. `kms`
 * @param {string[]} pins what it is made of; other pins are another folder
 * @param {(folder: string) => Promise<void>} make fills an empty folder
 */
export async function cached(part, pins, make, env = process.env) {
  const digest = createHash('sha256').update(pins.join('\n')).digest('hex').slice(0, 12);
  const folder = join(cache(env), `${part}-${digest}`);
  if (existsSync(folder)) return folder;
  const making = `${folder}.${process.pid}`;
  mkdirSync(dirname(making), { recursive: true });
  try {
    mkdirSync(making);
    await make(making);
    // Somebody else may have been faster; what they made is as good.
    if (!existsSync(folder)) renameSync(making, folder);
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
  return folder;
}
