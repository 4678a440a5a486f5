import { mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startEmbeddedPostgres } from './embedded/start.js';

const LOCK_LIMIT_MS = 60_000;

/**
 * The one server of a Jest run, started by whichever worker needs it first; `jest/global-setup.mjs` names its folder
 * and `jest/global-teardown.mjs` stops it.
 *
 * @returns URL of the superuser
 */
export async function testServer(): Promise<string> {
  const folder = process.env['COUNTERSIGN_TEST_RUN'];
  if (!folder) throw new Error('a test database needs the globalSetup of jest.config.mjs');
  mkdirSync(folder, { recursive: true });
  return await alone(join(folder, 'lock'), async () => {
    const server = await startEmbeddedPostgres({
      dataDir: join(folder, 'postgresql'),
      log: () => undefined,
      durable: false,
    });
    await server.leave();
    return server.adminUrl;
  });
}

/** Creating a folder succeeds for one process only. */
async function alone<T>(lock: string, work: () => Promise<T>): Promise<T> {
  for (const end = Date.now() + LOCK_LIMIT_MS; !acquired(lock); await sleep(20)) {
    if (Date.now() > end) throw new Error(`the lock ${lock} was not released`);
  }
  try {
    return await work();
  } finally {
    rmdirSync(lock);
  }
}

function acquired(lock: string): boolean {
  try {
    mkdirSync(lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
