import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readdirSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

const TEMPORARY = '.tmp';

/** A name beside `path` for its next content. */
export const temporaryOf = (path: string): string =>
  `${path}.${process.pid}-${randomBytes(6).toString('hex')}${TEMPORARY}`;

/** Writes a new file, 0600, and waits until the disk has it. Refuses to overwrite. */
export function writeDurably(path: string, text: string): void {
  const descriptor = openSync(path, 'wx', 0o600);
  try {
    writeFileSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Makes a rename or link in `directory` survive a loss of power. Windows cannot open directories, and need not. */
export function syncDirectory(directory: string): void {
  if (process.platform === 'win32') return;
  const descriptor = openSync(directory, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Replaces a file whole: readers see the old content or the new, also after a crash at any point.
 * The caller excludes other writers; leftovers of writers that crashed are removed.
 */
export function replaceFile(path: string, text: string): void {
  removeLeftovers(path);
  const temporary = temporaryOf(path);
  writeDurably(temporary, text);
  renameSync(temporary, path);
  syncDirectory(dirname(path));
}

function removeLeftovers(path: string): void {
  const [directory, name] = [dirname(path), basename(path)];
  for (const entry of readdirSync(directory))
    if (entry.startsWith(`${name}.`) && entry.endsWith(TEMPORARY)) unlinkSync(join(directory, entry));
}
