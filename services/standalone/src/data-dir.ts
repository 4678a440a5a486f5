import { createHash } from 'node:crypto';
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

/** Where one installation keeps what. Everything secret is 0600 in folders of 0700. */
export interface DataDir {
  path: string;
  postgres: string;
  logFile: string;
  /** Outside the data, so that a copy of the data alone opens nothing. */
  masterKeyFile: string;
  /** A file below the data directory; folders are made. */
  file(...parts: string[]): string;
}

/** A start that was refused because of where or how it was asked to run: one line for a person. */
export class StartRefused extends Error {
  override readonly name = 'StartRefused';
}

/**
 * Opens or makes a data directory.
 * @throws StartRefused when it has no name, or cannot be made or written
 */
export function openDataDir(given: string): DataDir {
  if (given.trim() === '') throw new StartRefused('--data-dir: names no folder');
  const path = resolve(given);
  try {
    if (existsSync(path) && !statSync(path).isDirectory())
      throw new StartRefused(`--data-dir: ${path} is not a directory`);
    makeFolders(path);
    accessSync(path, constants.W_OK | constants.X_OK);
  } catch (error) {
    if (error instanceof StartRefused) throw error;
    throw new StartRefused(`--data-dir: cannot write ${path} (${(error as NodeJS.ErrnoException).code})`);
  }
  const name = createHash('sha256').update(path).digest('hex').slice(0, 16);
  return {
    path,
    postgres: join(path, 'postgres'),
    logFile: join(path, 'countersign.log'),
    masterKeyFile: join(homedir(), '.countersign', 'master-keys', `${name}.key`),
    file: (...parts) => {
      const file = join(path, ...parts);
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
      return file;
    },
  };
}

/** One by one: Node's recursive form never returns below some file systems, such as /proc. */
function makeFolders(path: string): void {
  if (existsSync(path)) return;
  makeFolders(dirname(path));
  mkdirSync(path, { mode: 0o700 });
}

/** Writes a secret so that nobody else can read it, whatever mode the file had. */
export function writeSecret(file: string, text: string): string {
  writeFileSync(file, text, { mode: 0o600 });
  chmodSync(file, 0o600);
  return file;
}

/** Reads JSON, or makes it once and keeps it as a secret. */
export function keptSecret<T>(file: string, make: () => T): T {
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as T;
  const made = make();
  writeSecret(file, JSON.stringify(made));
  return made;
}
