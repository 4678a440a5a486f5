import { accessSync, constants, existsSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { jwksOf, type KeyStore } from '@countersign/keys';
import { CommandFailed } from './command.js';

const KEY = 'snapshot';

/**
 * Writes the public keys of snapshots to where services read them: whole, so that none reads half a file.
 * @throws CommandFailed before anything is written when one of the files cannot be
 */
export async function publishSnapshotKeys(keys: KeyStore, files: readonly string[]): Promise<{ files: string[] }> {
  if ((await keys.list(KEY)).length === 0) await keys.create(KEY, 'sign');
  const text = JSON.stringify(await jwksOf(keys, KEY));
  for (const file of files) checkWritable(file);
  for (const file of files) {
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
  }
  return { files: [...files] };
}

function checkWritable(file: string): void {
  try {
    accessSync(dirname(file), constants.W_OK);
    if (existsSync(file)) accessSync(file, constants.W_OK);
  } catch (error) {
    throw new CommandFailed(`cannot write ${file} (${(error as NodeJS.ErrnoException).code})`);
  }
}
