import { accessSync, constants, existsSync, renameSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { jwksOf, type KeyStore } from '@countersign/keys';
import { inCluster, type KubernetesApi } from '../kubernetes/api.js';
import { publishConfigMap } from '../kubernetes/config-map.js';
import { CommandFailed } from './command.js';

const KEY = 'snapshot';
/** The key of a ConfigMap, and so the name of the file where it is mounted. */
const FILE = 'snapshot-keys.json';

/** Where services read the public keys of snapshots. */
export interface SnapshotKeyPlaces {
  files: readonly string[];
  /** Where services read them from a ConfigMap, its name; then the files are its mounts and not written. */
  configMap?: string | undefined;
}

export interface PublishedSnapshotKeys {
  files: string[];
  configMap?: string;
}

/**
 * Writes the public keys of snapshots to where services read them: whole, so that none reads half a file.
 * @throws CommandFailed before anything is written when one of the files cannot be
 */
export async function publishSnapshotKeys(
  keys: KeyStore,
  { files, configMap }: SnapshotKeyPlaces,
  kubernetes: () => KubernetesApi = inCluster,
): Promise<PublishedSnapshotKeys> {
  if (configMap === undefined) for (const file of files) checkWritable(file);
  if ((await keys.list(KEY)).length === 0) await keys.create(KEY, 'sign');
  const text = JSON.stringify(await jwksOf(keys, KEY));
  if (configMap !== undefined) {
    await publishConfigMap(kubernetes(), configMap, { [nameOf(files)]: text });
    return { files: [], configMap };
  }
  for (const file of files) {
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
  }
  return { files: [...files] };
}

export const publishedLines = ({ files, configMap }: PublishedSnapshotKeys): string[] =>
  configMap === undefined ? files.map((file) => `${file} is written`) : [`ConfigMap ${configMap} is written`];

/** As services' settings call the mounted file. */
const nameOf = ([file]: readonly string[]): string => (file === undefined ? FILE : basename(file));

function checkWritable(file: string): void {
  try {
    accessSync(dirname(file), constants.W_OK);
    if (existsSync(file)) accessSync(file, constants.W_OK);
  } catch (error) {
    throw new CommandFailed(`cannot write ${file} (${(error as NodeJS.ErrnoException).code})`);
  }
}
