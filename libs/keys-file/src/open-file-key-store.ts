import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Clock } from '@countersign/kernel';
import { SoftwareKeyStore, type KeyStore } from '@countersign/keys';
import { FileBacking } from './file-backing.js';
import { KeyFileFormat } from './key-file.js';
import { checkOutside, readMasterKey } from './master-key.js';

/** In front of every key id of this driver. */
export const FILE_DRIVER = 'file';

/** Paths of the two files, and what they are called in messages. */
export interface FileKeyStoreOptions {
  /** The sealed file; made by the first `create`. */
  file: string;
  /** 32 bytes as base64url in a file of its own, outside the data directory, 0600 or 0400, owned by this user. */
  masterKeyFile: string;
  /** What the master key must lie outside of; the directory of `file` unless told. */
  dataDirectory?: string;
  /** Names of the two settings, for messages; `COUNTERSIGN_KEY_FILE` and `COUNTERSIGN_MASTER_KEY_FILE` unless told. */
  settings?: { file: string; masterKeyFile: string };
  clock?: Clock;
}

const SETTINGS = { file: 'COUNTERSIGN_KEY_FILE', masterKeyFile: 'COUNTERSIGN_MASTER_KEY_FILE' };

/**
 * Keys in one sealed file, for development and for banks without a KMS: a private key is in this process's memory while
 * it runs, and its id says so (`file:…`). Processes may share the file. A key disabled by another process still signs
 * here for up to one second.
 *
 * @throws KeyFileRefused naming the setting: no master key (never a default), open permissions, another owner, a master
 *   key inside the data directory, a damaged or changed file
 */
export function openFileKeyStore(options: FileKeyStoreOptions): KeyStore {
  const settings = options.settings ?? SETTINGS;
  const dataDirectory = options.dataDirectory ?? dirname(options.file);
  const masterKey = readMasterKey(settings.masterKeyFile, options.masterKeyFile);
  mkdirSync(dirname(options.file), { recursive: true, mode: 0o700 });
  checkOutside(settings.masterKeyFile, options.masterKeyFile, dataDirectory);
  const backing = new FileBacking(settings.file, options.file, new KeyFileFormat(masterKey, options.file));
  backing.records('now');
  return new SoftwareKeyStore(FILE_DRIVER, backing, options.clock);
}
