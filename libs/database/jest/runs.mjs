import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export const PREFIX = 'countersign-test-run-';
const STOP_LIMIT_MS = 10_000;

/** Stops the server of a Jest run, if it had one, and removes what it left. */
export async function removeRun(folder) {
  const state = join(folder, 'postgresql/postgresql.json');
  if (existsSync(state)) {
    const { cluster } = JSON.parse(readFileSync(state, 'utf8'));
    await stop(join(cluster, 'postmaster.pid'));
    rmSync(cluster, { recursive: true, force: true });
  }
  rmSync(folder, { recursive: true, force: true });
}

/** The server removes its own file when it ends. */
async function stop(pidFile) {
  if (!existsSync(pidFile)) return;
  const pid = Number(readFileSync(pidFile, 'utf8').split('\n')[0]);
  try {
    process.kill(pid, 'SIGINT');
  } catch {
    return;
  }
  for (const end = Date.now() + STOP_LIMIT_MS; existsSync(pidFile) && Date.now() < end;) await sleep(20);
}
