import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SERVICES } from '@countersign/contracts';
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

/**
 * PostgreSQL runs on the core of this process, which must be bound before. The run's end stops it and leaves nothing behind.
 */
export async function openBenchInstallation(run: Run): Promise<BenchInstallation> {
  const port = await freePort();
  const data = openDataDir(mkdtempSync(join(tmpdir(), 'countersign-bench-')));
  const url = `http://localhost:${port}`;
  const installation = await openInstallation({
    data,
    publicUrl: url,
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
  const settings = Object.fromEntries(SERVICES.map((service) => [service, installation.settingsFor(service)]));
  return {
    url,
    port,
    adminUrl: installation.adminUrl,
    postgresPid: Number(readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n')[0]),
    startServer: () => startOurs(run, installation.adminUrl, { settings, dataDir: data.path }),
  };
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
