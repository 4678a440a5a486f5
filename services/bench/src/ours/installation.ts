import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SERVICES } from '@countersign/contracts';
import { withClient } from '@countersign/database';
import { openDataDir, openInstallation } from '@countersign/standalone';
import { freePort } from '../free-port.js';
import { startServerProcess, type ServerProcess } from '../child.js';
import type { Answers } from './server-process.js';

/** A throw-away installation whose server can be started more than once. */
export interface BenchInstallation {
  url: string;
  port: number;
  /** Administrator of its database. */
  adminUrl: string;
  postgresPid: number;
  startServer(): Promise<OurServer>;
  /** Has PostgreSQL write what it holds back, so that a measurement does not pay for what came before it. */
  checkpoint(): Promise<void>;
  /** Stops PostgreSQL and leaves nothing behind. The server is stopped before. */
  stop(): Promise<void>;
}

export interface OurServer extends ServerProcess {
  /** How often each statement was sent by the server so far. */
  statements(): Promise<Answers['statements']>;
  createTenants(slugs: readonly string[]): Promise<Answers['tenants']>;
}

/** PostgreSQL runs on the core of this process, which must be bound before. */
export async function openBenchInstallation(): Promise<BenchInstallation> {
  const port = await freePort();
  const data = openDataDir(mkdtempSync(join(tmpdir(), 'countersign-bench-')));
  const url = `http://localhost:${port}`;
  const installation = await openInstallation({
    data,
    publicUrl: url,
    logLevel: 'warn',
    databaseConnections: 8,
    log: () => undefined,
  });
  const settings = Object.fromEntries(SERVICES.map((service) => [service, installation.settingsFor(service)]));
  return {
    url,
    port,
    adminUrl: installation.adminUrl,
    postgresPid: await postmasterPid(installation.adminUrl),
    startServer: () => startOurs({ settings, dataDir: data.path }),
    checkpoint: () => withClient(installation.adminUrl, async (client) => void (await client.query('checkpoint'))),
    stop: async () => {
      await installation.stop();
      rmSync(data.path, { recursive: true, force: true });
      rmSync(data.masterKeyFile, { force: true });
    },
  };
}

async function startOurs(prepared: object): Promise<OurServer> {
  const server = await startServerProcess(fileURLToPath(new URL('server.js', import.meta.url)), prepared);
  return {
    ...server,
    statements: () => server.ask({ ask: 'statements' }),
    createTenants: (slugs) => server.ask({ ask: 'tenants', slugs }),
  };
}

function postmasterPid(adminUrl: string): Promise<number> {
  return withClient(adminUrl, async (client) => {
    const { rows } = await client.query<{ setting: string }>(
      `select setting from pg_settings where name = 'data_directory'`,
    );
    return Number(readFileSync(join(rows[0]!.setting, 'postmaster.pid'), 'utf8').split('\n')[0]);
  });
}
