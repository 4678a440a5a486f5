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

/**
 * Reads a file that nobody but us may read. Owner and mode are those of the opened file, so it cannot be swapped between.
 *
 * @param setting names the setting that holds `path`, for the message
 * @returns `undefined` when there is no such file
 * @throws KeyFileRefused unless it is a plain file of mode 0600 or 0400 that belongs to this user
 */
export function readPrivateFile(setting: string, path: string): PrivateFile | undefined {
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
    checkOwner(setting, path, Number(found.uid), Number(found.mode));
    return { text: readFileSync(descriptor, 'utf8'), mark: found };
  } finally {
    closeSync(descriptor);
  }
}

/** Windows has neither user ids nor modes; there the directory's access list has to do. */
function checkOwner(setting: string, path: string, uid: number, mode: number): void {
  const us = process.getuid?.();
  if (us === undefined) return;
  const permissions = mode & 0o777;
  if (uid !== us)
    throw new KeyFileRefused(`${setting}: ${path} belongs to user ${uid}, not to user ${us} who runs this`);
  if (permissions === 0o600 || permissions === 0o400) return;
  const shown = permissions.toString(8).padStart(4, '0');
  throw new KeyFileRefused(`${setting}: ${path} has mode ${shown}; it must be 0600 or 0400: chmod 600 ${path}`);
}
