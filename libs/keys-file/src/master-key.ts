import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, realpathSync, unlinkSync } from 'node:fs';
import { dirname, isAbsolute, relative } from 'node:path';
import { fromBase64Url, toBase64Url } from '@countersign/kernel';
import { syncDirectory, temporaryOf, writeDurably } from './atomic-write.js';
import { KeyFileRefused } from './key-file-refused.js';
import { errorCode, readPrivateFile } from './private-file.js';

const BYTES = 32;

/** The content of a master key file: 32 random bytes as base64url, and a line feed. */
export const newMasterKey = (): string => `${toBase64Url(randomBytes(BYTES))}\n`;

/**
 * Makes a master key for the development profile: 32 random bytes as base64url, mode 0600. Never replaces one, and of
 * several callers at once one wins; the caller tells the operator where it is.
 *
 * @returns whether this call made it
 */
export function createMasterKeyFile(path: string): boolean {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = temporaryOf(path);
  writeDurably(temporary, newMasterKey());
  try {
    linkSync(temporary, path);
    syncDirectory(dirname(path));
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    unlinkSync(temporary);
  }
}

/**
 * @param setting names the setting that holds `path`
 * @throws KeyFileRefused when it is missing (there is no default), open to others, or not 32 bytes
 */
export function readMasterKey(setting: string, path: string): Uint8Array {
  if (path === '') throw new KeyFileRefused(`${setting}: not set; it names the file of the master key`);
  const file = readPrivateFile(setting, path, true);
  if (!file) throw new KeyFileRefused(`${setting}: there is no master key at ${path}; there is no default`);
  const key = fromBase64Url(file.text.replace(/\r?\n$/, ''));
  if (key?.length !== BYTES)
    throw new KeyFileRefused(`${setting}: ${path} does not hold ${BYTES} bytes as base64url without padding`);
  return key;
}

/** A copy of the data directory alone must open nothing. @throws KeyFileRefused */
export function checkOutside(setting: string, path: string, dataDirectory: string): void {
  const inner = relative(realpathSync(dataDirectory), realpathSync(path));
  if (/^\.\.([\\/]|$)/.test(inner) || isAbsolute(inner)) return;
  throw new KeyFileRefused(`${setting}: ${path} lies in the data directory ${dataDirectory}; keep it elsewhere`);
}
