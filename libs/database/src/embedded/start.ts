import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { initialise } from './initialise.js';
import { binaries, clusterPlace, socketPlace } from './places.js';
import {
  PORT,
  launch,
  runningPostmaster,
  stopPostmaster,
  untilReady,
  type Launch,
  type Postmaster,
} from './postmaster.js';
import { serverUser } from './server-user.js';
import { createState, openDataDir, readState, type ClusterState } from './state.js';

export interface EmbeddedOptions {
  /** Created when absent. Holds the state file (0600), the server's log and, where modes allow, the cluster. */
  dataDir: string;
  log: (message: string) => void;
  /** `false` only for throw-away test clusters: no fsync. */
  durable?: boolean;
}

export interface EmbeddedPostgres {
  /** Superuser, for provisioning and migrations only; holds the password. */
  adminUrl: string;
  /** Stops the server with a checkpoint. */
  stop(): Promise<void>;
  /** Lets the server run on without an owner; the next start on the directory adopts it. */
  leave(): Promise<void>;
}

const ATTEMPTS = 8;
/** A server that is ready answers at once, unless the machine stands still. */
const CONNECT_LIMIT_MS = 30_000;
/** One that an earlier process left may hang: in all, and for each time it is asked. */
const ANSWER_LIMIT_MS = 5_000;
const ADOPTED_LIMIT_MS = 2_000;
const OWNER_LOCK = 0x435354;
/** A killed owner's connection may linger that long on a busy machine. */
const OWNER_LIMIT_MS = 10_000;

/**
 * Starts the PostgreSQL that npm brought, or adopts the one an earlier process left behind when it was killed.
 * One process owns a data directory: the owner holds an advisory lock for as long as it lives, which ends with it
 * however it ends. Crash recovery is PostgreSQL's own.
 *
 * @throws Error of one line: no binaries for this platform, a directory that cannot be written, in use by another process
 */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const dataDir = openDataDir(options.dataDir);
  const user = serverUser();
  const bin = binaries(user);
  const state = readState(dataDir) ?? newState(dataDir, clusterPlace(dataDir, user));
  initialise(bin, state.cluster, state.password, user, options.durable ?? true);
  const socket = socketPlace(state.cluster, user);
  const left = runningPostmaster(state.cluster);
  const server =
    (left && (await adopt(left, state, socket, options.log))) ??
    (await start({ bin, dataDir, cluster: state.cluster, socket, user, durable: options.durable ?? true }));
  const owner = await own(state, socket, dataDir);
  if (server.pid === left?.pid)
    options.log(`adopted the PostgreSQL that an earlier process left (process ${server.pid})`);
  return {
    adminUrl: adminUrl(state, socket),
    leave: () => owner.end(),
    stop: async () => {
      await owner.end().catch(() => undefined);
      await stopPostmaster(server, state.cluster);
    },
  };
}

/**
 * URL of the superuser of the cluster in a data directory, for tools that look at a server another process owns.
 * Undefined when there is no cluster; whether it runs shows when it is connected to.
 */
export function embeddedAdminUrl(dataDir: string): string | undefined {
  const state = readState(dataDir);
  return state && adminUrl(state, socketPlace(state.cluster, serverUser()));
}

function newState(dataDir: string, cluster: string): ClusterState {
  if (existsSync(cluster))
    throw new Error(`${cluster} is there, but the file postgresql.json with its password is missing`);
  return createState(dataDir, cluster);
}

type Start = Pick<Launch, 'bin' | 'cluster' | 'socket' | 'user'> & { dataDir: string; durable: boolean };

async function start({ dataDir, durable, ...place }: Start): Promise<Postmaster> {
  const logFile = join(dataDir, 'postgresql.log');
  const settings = durable ? [] : ['fsync=off', 'full_page_writes=off', 'synchronous_commit=off'];
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const server = await launch({ ...place, logFile, settings });
    if (server) return server;
    await sleep(100 * attempt);
    const other = await untilReady(place.cluster);
    if (other) return other;
  }
  throw new Error(`PostgreSQL did not start in ${ATTEMPTS} attempts (log: ${logFile})`);
}

/** `host` names the folder of the socket, as libpq and `pg` read it; the port is part of the socket's name. */
const adminUrl = ({ password }: ClusterState, socket: string): string =>
  `postgres://postgres:${password}@localhost:${PORT}/postgres?host=${encodeURIComponent(socket)}`;

/** A server that answers to our password is ours; one that does not answer is stopped, and recovery does the rest. */
async function adopt(
  left: Postmaster,
  state: ClusterState,
  socket: string,
  log: (message: string) => void,
): Promise<Postmaster | undefined> {
  const server = await untilReady(state.cluster);
  if (!server) return undefined;
  for (const end = Date.now() + ANSWER_LIMIT_MS; Date.now() < end; await sleep(50)) {
    const client = await connect(state, socket, ADOPTED_LIMIT_MS).catch(() => undefined);
    if (!client) continue;
    await client.end();
    return server;
  }
  log(`stopping a PostgreSQL that does not answer (process ${left.pid})`);
  await stopPostmaster(left, state.cluster);
  return undefined;
}

async function connect(
  state: ClusterState,
  socket: string,
  connectionTimeoutMillis = CONNECT_LIMIT_MS,
): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: adminUrl(state, socket), connectionTimeoutMillis });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** Takes the lock of the owner; the server needs a moment to notice that a killed owner's connection is gone. */
async function own(state: ClusterState, socket: string, dataDir: string): Promise<pg.Client> {
  const client = await connect(state, socket);
  for (const end = Date.now() + OWNER_LIMIT_MS; Date.now() < end; await sleep(50)) {
    const { rows } = await client.query<{ mine: boolean }>('select pg_try_advisory_lock($1) as mine', [OWNER_LOCK]);
    if (rows[0]?.mine) return client;
  }
  await client.end();
  throw new Error(`the data directory ${dataDir} is in use by another process`);
}
