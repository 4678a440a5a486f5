import { randomBytes } from 'node:crypto';
import {
  accessSync,
  constants,
  linkSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

/** What a data directory remembers of its cluster, in one file that only its owner may read. */
export interface ClusterState {
  /** Folder of the cluster; fixed at the first start, whatever the modes of the folders become later. */
  cluster: string;
  /** Password of the superuser `postgres`, who exists for provisioning only. */
  password: string;
}

const FILE = 'postgresql.json';

/** Creates the data directory when it is absent and returns its real path, or says in one line why it cannot be used. */
export function openDataDir(dataDir: string): string {
  try {
    mkdirSync(dataDir, { recursive: true });
    accessSync(dataDir, constants.W_OK | constants.X_OK);
    return realpathSync(dataDir);
  } catch (error) {
    throw new Error(`the data directory ${dataDir} cannot be written (${(error as NodeJS.ErrnoException).code})`);
  }
}

export function readState(dataDir: string): ClusterState | undefined {
  try {
    return JSON.parse(readFileSync(join(dataDir, FILE), 'utf8')) as ClusterState;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new Error(`${join(dataDir, FILE)} cannot be read: ${(error as Error).message}`);
  }
}

/** The first of two processes that start together writes; the other takes what it wrote, whole: nobody meets half a file. */
export function createState(dataDir: string, cluster: string): ClusterState {
  const state: ClusterState = { cluster, password: randomBytes(24).toString('base64url') };
  const file = join(dataDir, FILE);
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  writeFileSync(draft, JSON.stringify(state), { flag: 'wx', mode: 0o600 });
  try {
    linkSync(draft, file);
    return state;
  } catch (error) {
    const first = (error as NodeJS.ErrnoException).code === 'EEXIST' && readState(dataDir);
    if (first) return first;
    throw error;
  } finally {
    unlinkSync(draft);
  }
}
