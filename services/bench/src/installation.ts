import { fork, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SERVICES } from '@countersign/contracts';
import { withClient } from '@countersign/database';
import { openDataDir, openInstallation } from '@countersign/standalone';
import { pinTo } from './cpu.js';
import type { BenchTenant } from './customers.js';

export interface Measured {
  url: string;
  tenant: BenchTenant;
  adminUrl: string;
  serverPid: number;
  postgresPid: number;
  /** How often each statement was sent by the server so far. */
  statements(): Promise<Record<string, number>>;
  stop(): Promise<void>;
}

export const SERVER_CORE = 0;
export const DATABASE_AND_LOAD_CORE = 1;

/** PostgreSQL and this process on one core, the server on the other. */
export async function startMeasured(port: number): Promise<Measured> {
  pinTo(DATABASE_AND_LOAD_CORE, process.pid);
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
  const server = fork(fileURLToPath(new URL('server.js', import.meta.url)), [
    JSON.stringify({ settings, dataDir: data.path }),
  ]);
  pinTo(SERVER_CORE, server.pid!);
  const { tenant } = (await answer(server)) as { tenant: BenchTenant };
  return {
    url,
    tenant,
    adminUrl: installation.adminUrl,
    serverPid: server.pid!,
    postgresPid: await postmasterPid(installation.adminUrl),
    statements: async () => {
      server.send({});
      return ((await answer(server)) as { statements: Record<string, number> }).statements;
    },
    stop: async () => {
      const gone = new Promise((resolve) => server.once('exit', resolve));
      server.disconnect();
      await gone;
      await installation.stop();
      rmSync(data.path, { recursive: true, force: true });
      rmSync(data.masterKeyFile, { force: true });
    },
  };
}

const answer = (child: ChildProcess): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const ended = (code: number | null): void => reject(new Error(`the server ended (exit code ${code})`));
    child.once('exit', ended);
    child.once('message', (message) => {
      child.off('exit', ended);
      resolve(message);
    });
  });

function postmasterPid(adminUrl: string): Promise<number> {
  return withClient(adminUrl, async (client) => {
    const { rows } = await client.query<{ setting: string }>(
      `select setting from pg_settings where name = 'data_directory'`,
    );
    return Number(readFileSync(join(rows[0]!.setting, 'postmaster.pid'), 'utf8').split('\n')[0]);
  });
}
