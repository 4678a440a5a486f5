import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SERVICES, type ServiceName } from '@countersign/contracts';
import { withClient } from '@countersign/database';
import { openDataDir, openInstallation } from '@countersign/standalone';
import { freePort } from '../free-port.js';
import { startServerProcess, type ServerProcess } from '../child.js';
import type { Run } from '../run.js';
import type { Answers } from './server-process.js';
import { untilHeld } from './until-held.js';

/** A throw-away installation whose server can be started more than once. */
export interface BenchInstallation {
  url: string;
  port: number;
  /** Administrator of its database. */
  adminUrl: string;
  postgresPid: number;
  startServer(): Promise<OurServer>;
}

export interface OurServer extends ServerProcess {
  /** How often each statement was sent by the server so far. */
  statements(): Promise<Answers['statements']>;
  /** Returns when every service knows them. */
  createTenants(slugs: readonly string[]): Promise<Answers['tenants']>;
}

/** A throw-away database with everything that services are told of it. */
export interface ThrowAway {
  /** Administrator of its database. */
  adminUrl: string;
  postgresPid: number;
  dataDir: string;
  settingsFor(service: ServiceName): Record<string, unknown>;
  urlOf(service: ServiceName): string;
  relayUrlOf(service: ServiceName): string;
}

/** PostgreSQL runs on the core of this process, which must be bound before. The run's end stops it and leaves nothing behind. */
export async function openThrowAway(run: Run, publicUrl: string): Promise<ThrowAway> {
  const data = openDataDir(mkdtempSync(join(tmpdir(), 'countersign-bench-')));
  const installation = await openInstallation({
    data,
    publicUrl,
    logLevel: 'warn',
    // What `npm start` gives each service.
    databaseConnections: 4,
    log: () => undefined,
  });
  const cluster = await clusterOf(installation.adminUrl);
  run.defer(async () => {
    await installation.stop();
    // The cluster lies elsewhere where the server's own user may not enter the data directory.
    for (const path of [data.path, cluster, data.masterKeyFile]) rmSync(path, { recursive: true, force: true });
  });
  const urlIn = (service: ServiceName, setting: string): string =>
    readFileSync(String(installation.settingsFor(service)[setting]), 'utf8').trim();
  return {
    adminUrl: installation.adminUrl,
    postgresPid: Number(readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n')[0]),
    dataDir: data.path,
    settingsFor: (service) => installation.settingsFor(service),
    urlOf: (service) => urlIn(service, 'databaseUrlFile'),
    relayUrlOf: (service) => urlIn(service, 'relayUrlFile'),
  };
}

/** @param bus settings of the event bus; without them it is PostgreSQL */
export async function openBenchInstallation(run: Run, bus: Record<string, unknown> = {}): Promise<BenchInstallation> {
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const { adminUrl, postgresPid, dataDir, settingsFor } = await openThrowAway(run, url);
  const settings = Object.fromEntries(SERVICES.map((service) => [service, { ...settingsFor(service), ...bus }]));
  return { url, port, adminUrl, postgresPid, startServer: () => startOurs(run, adminUrl, { settings, dataDir }) };
}

async function startOurs(run: Run, adminUrl: string, prepared: object): Promise<OurServer> {
  const server = await startServerProcess(fileURLToPath(new URL('server.js', import.meta.url)), prepared);
  run.defer(() => server.stop());
  return {
    ...server,
    statements: () => server.ask({ ask: 'statements' }),
    createTenants: async (slugs) => {
      const tenants = await server.ask<Answers['tenants']>({ ask: 'tenants', slugs });
      await untilHeld(adminUrl);
      return tenants;
    },
  };
}

function clusterOf(adminUrl: string): Promise<string> {
  return withClient(adminUrl, async (client) => {
    const { rows } = await client.query<{ setting: string }>(
      `select setting from pg_settings where name = 'data_directory'`,
    );
    return rows[0]!.setting;
  });
}
