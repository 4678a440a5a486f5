import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { KeyFileRefused } from './key-file-refused.js';

/** Which version of a file was read: changes whenever another process replaces it. */
export interface FileMark {
  ino: bigint;
  mtimeNs: bigint;
  size: bigint;
}

export interface PrivateFile {
  text: string;
  mark: FileMark;
}

export const errorCode = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

interface Owner {
  uid: number;
  mode: number;
}

/** As Kubernetes mounts a Secret for a pod with a group of its own: root's, and readable by that group. */
const MOUNTED: Owner = { uid: 0, mode: 0o440 };

/**
 * Reads a file that nobody but us may read. Owner and mode are those of the opened file, so it cannot be swapped between.
 *
 * @param setting names the setting that holds `path`, for the message
 * @param mounted accepts a file of root with mode 0440 as well
 * @returns `undefined` when there is no such file
 * @throws KeyFileRefused unless it is a plain file of mode 0600 or 0400 that belongs to this user
 */
export function readPrivateFile(setting: string, path: string, mounted = false): PrivateFile | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw new KeyFileRefused(`${setting}: cannot read ${path} (${errorCode(error)})`);
  }
  try {
    const found = fstatSync(descriptor, { bigint: true });
    if (!found.isFile()) throw new KeyFileRefused(`${setting}: ${path} is not a file`);
    const owner: Owner = { uid: Number(found.uid), mode: Number(found.mode) & 0o777 };
    if (!(mounted && owner.uid === MOUNTED.uid && owner.mode === MOUNTED.mode)) checkOwner(setting, path, owner);
    return { text: readFileSync(descriptor, 'utf8'), mark: found };
  } finally {
    closeSync(descriptor);
  }
}

/** Windows has neither user ids nor modes; there the directory's access list has to do. */
function checkOwner(setting: string, path: string, { uid, mode }: Owner): void {
  const us = process.getuid?.();
  if (us === undefined) return;
  if (uid !== us)
    throw new KeyFileRefused(`${setting}: ${path} belongs to user ${uid}, not to user ${us} who runs this`);
  if (mode === 0o600 || mode === 0o400) return;
  const shown = mode.toString(8).padStart(4, '0');
  throw new KeyFileRefused(`${setting}: ${path} has mode ${shown}; it must be 0600 or 0400: chmod 600 ${path}`);
}
