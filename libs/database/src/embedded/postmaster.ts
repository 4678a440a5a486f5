import { execFileSync, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerUser } from './server-user.js';

/** What `postmaster.pid` tells of a running server (PostgreSQL documentation, "Database File Layout"). */
export interface Postmaster {
  pid: number;
  ready: boolean;
}

export interface Launch {
  bin: string;
  cluster: string;
  /** Folder of the socket. */
  socket: string;
  user: ServerUser | undefined;
  logFile: string;
  /** `name=value`, beside those every cluster gets. */
  settings: string[];
}

/** Only names the socket. */
export const PORT = 5432;

/**
 * For a small machine, and quiet about data: neither statements nor the values in an error's detail reach the log.
 * The command line carries them, so that a cluster made by an older version gets today's.
 */
const SETTINGS = [
  // No port to find, to share or to guard: whoever may not enter the folder of the socket cannot even knock.
  'listen_addresses=',
  `port=${PORT}`,
  'max_connections=200',
  'shared_buffers=128MB',
  'wal_level=replica',
  'jit=off',
  'log_checkpoints=off',
  'log_min_error_statement=panic',
  'log_error_verbosity=terse',
];

const RECOVERY_LIMIT_MS = 120_000;
const STOP_LIMIT_MS = 20_000;

/** The server that owns this cluster and is alive, if there is one; a left-over file of a dead one is nobody. */
export function runningPostmaster(cluster: string): Postmaster | undefined {
  const file = join(cluster, 'postmaster.pid');
  if (!existsSync(file)) return undefined;
  const [pid, , , , , , , status] = readFileSync(file, 'utf8').split('\n');
  if (!isServerOf(Number(pid), cluster)) return undefined;
  return { pid: Number(pid), ready: status?.startsWith('ready') ?? false };
}

/**
 * PostgreSQL takes a killed server that nobody has reaped for a living one, so its files go. Should a process of it
 * still be attached, PostgreSQL sees that by the shared memory of the cluster and refuses.
 */
function forgetDead({ cluster, socket }: Launch): void {
  if (runningPostmaster(cluster)) return;
  rmSync(join(cluster, 'postmaster.pid'), { force: true });
  rmSync(join(socket, `.s.PGSQL.${PORT}.lock`), { force: true });
}

/** Waits for one that is starting or recovering; `undefined` when there is none, or it ended. */
export async function untilReady(cluster: string): Promise<Postmaster | undefined> {
  for (const end = Date.now() + RECOVERY_LIMIT_MS; Date.now() < end; await sleep(20)) {
    const server = runningPostmaster(cluster);
    if (!server || server.ready) return server;
  }
  throw new Error(`PostgreSQL in ${cluster} was not ready after ${RECOVERY_LIMIT_MS / 1000} s`);
}

/** The command line decides: a process id is reused after a reboot, and one that ended may wait to be reaped. */
function isServerOf(pid: number, cluster: string): boolean {
  try {
    const command = existsSync('/proc/self/cmdline')
      ? readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
      : execFileSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
    return command.includes(`-D ${cluster} `);
  } catch {
    return false;
  }
}

/** Refusals that pass: processes of a server killed just now are still ending. */
const PASSING = /postmaster\.pid|pre-existing shared memory|still in use/;

/** `undefined` when another attempt may succeed; any other failure is an error that quotes the server's log. */
export async function launch(options: Launch): Promise<Postmaster | undefined> {
  forgetDead(options);
  const args = [...SETTINGS, `unix_socket_directories=${options.socket}`, ...options.settings].flatMap((setting) => [
    '-c',
    setting,
  ]);
  const log = openSync(options.logFile, 'a', 0o600);
  // A session of its own: Ctrl-C in the terminal must not reach the database before the services have drained.
  const child = spawn(join(options.bin, 'bin/postgres'), ['-D', options.cluster, ...args], {
    detached: true,
    stdio: ['ignore', log, log],
    ...asUser(options.user),
  });
  closeSync(log);
  let ended: string | true | undefined;
  child.on('error', (error) => (ended = error.message));
  child.on('exit', () => (ended ??= true));
  child.unref();
  for (const end = Date.now() + RECOVERY_LIMIT_MS; Date.now() < end; await sleep(10)) {
    const reason = ended === true ? lastFatal(options.logFile) : ended;
    if (reason !== undefined && PASSING.test(reason)) return undefined;
    if (reason !== undefined) throw new Error(`PostgreSQL did not start: ${reason} (log: ${options.logFile})`);
    const server = runningPostmaster(options.cluster);
    if (server?.ready && server.pid === child.pid) return server;
  }
  throw new Error(`PostgreSQL was not ready after ${RECOVERY_LIMIT_MS / 1000} s (log: ${options.logFile})`);
}

function lastFatal(logFile: string): string {
  const lines = readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-12);
  return lines.findLast((line) => line.includes('FATAL')) ?? lines.at(-1) ?? 'no reason was logged';
}

/** Fast shutdown first (it writes a checkpoint); immediate when that takes too long: recovery then runs at the next start. */
export async function stopPostmaster(server: Postmaster, cluster: string): Promise<void> {
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    if (!isServerOf(server.pid, cluster)) return;
    process.kill(server.pid, signal);
    for (const end = Date.now() + STOP_LIMIT_MS; Date.now() < end; await sleep(10)) {
      if (!isServerOf(server.pid, cluster)) return;
    }
  }
  throw new Error(`PostgreSQL (process ${server.pid}) does not stop`);
}

/** Nothing of our environment: a stray PGDATA or PGPORT would change what the server does. */
export const asUser = (user: ServerUser | undefined) => ({
  cwd: '/',
  env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', TZ: 'UTC' },
  ...(user && { uid: user.uid, gid: user.gid }),
});
