import { execFile } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const LIMIT_MS = 120_000;
/** Others may pass through, and see nothing. */
const PASSABLE = 0o711;
const STATE = 'postgres/postgresql.json';
/** The database and its passwords. Keys and certificates are each installation's own. */
const COPIED = ['postgres', 'secrets'];

/** An empty one. The cluster of a server that does not run as root lies inside and goes with it. */
export function newDataDir(): string {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-e2e-'));
  chmodSync(folder, PASSABLE);
  return folder;
}

/**
 * A data directory with a database that is up to date: a copy of one that the run of Jest makes once, because initdb and
 * the migrations of eight schemas cost more than starting on them. How a first start goes, `start.spec.ts` shows.
 *
 * @throws Error when the installation that is copied could not be made
 */
export async function preparedDataDir(): Promise<string> {
  const folder = newDataDir();
  const run = process.env.COUNTERSIGN_TEST_RUN;
  const made = run && (await madeOnce(join(run, 'installation')));
  if (!made || !holdsCluster(made)) return folder;
  await execute('cp', ['-a', ...COPIED.map((name) => join(made, name)), folder]);
  const state = join(folder, STATE);
  writeFileSync(state, JSON.stringify({ ...stateOf(folder), cluster: join(realpathSync(folder), 'postgres/cluster') }));
  return folder;
}

const stateOf = (folder: string): { cluster: string } =>
  JSON.parse(readFileSync(join(folder, STATE), 'utf8')) as { cluster: string };

/** Where the folder for temporary files is closed to the server's user, clusters lie elsewhere and are not copied. */
const holdsCluster = (made: string): boolean => stateOf(made).cluster.startsWith(realpathSync(made));

/** Whichever process of Jest comes first makes it; it goes with the run. */
async function madeOnce(made: string): Promise<string> {
  const ready = `${made}.ready`;
  for (const end = Date.now() + LIMIT_MS; !existsSync(ready); await sleep(50)) {
    if (isMine(made)) {
      await make(made);
      writeFileSync(ready, '');
    }
    if (Date.now() > end) throw new Error(`${made} was not ready within ${LIMIT_MS / 1000} s`);
  }
  return made;
}

/** Creating a folder succeeds for one process only. */
function isMine(made: string): boolean {
  mkdirSync(dirname(made), { recursive: true });
  try {
    mkdirSync(made, { mode: PASSABLE });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function make(made: string): Promise<void> {
  try {
    await execute(process.execPath, [join(process.cwd(), 'services/e2e/dist/prepare.js'), made]);
  } catch (error) {
    rmSync(made, { recursive: true, force: true });
    throw error;
  }
}
