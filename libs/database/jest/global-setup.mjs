// Names the folder of this run's PostgreSQL; the first test file that needs a database starts it (src/testing-server.ts).
import { existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PREFIX, removeRun } from './runs.mjs';

export default async function setup() {
  for (const name of readdirSync(tmpdir())) {
    const owner = new RegExp(`^${PREFIX}(\\d+)$`).exec(name)?.[1];
    if (owner && !isAlive(Number(owner))) await removeRun(join(tmpdir(), name)).catch(unlessOthersDid);
  }
  const folder = join(tmpdir(), `${PREFIX}${process.pid}`);
  if (existsSync(folder)) await removeRun(folder);
  process.env.COUNTERSIGN_TEST_RUN = folder;
}

/** Suites that start at the same moment all clear away what was left. */
function unlessOthersDid(error) {
  if (!['ENOENT', 'ENOTEMPTY'].includes(error.code)) throw error;
}

/** A run that was killed could not stop its server; the next one does. */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
