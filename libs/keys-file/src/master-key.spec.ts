import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { checkOutside, createMasterKeyFile, readMasterKey } from './master-key.js';

const SETTING = 'COUNTERSIGN_MASTER_KEY_FILE';
let root: string;
let path: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'master-key-'));
  path = join(root, 'secrets', 'master.key');
});
afterEach(() => {
  jest.restoreAllMocks();
  rmSync(root, { recursive: true });
});

describe('the master key', () => {
  test('R25 · a missing one names its setting, and nothing takes its place', () => {
    expect(() => readMasterKey(SETTING, path)).toThrow(
      `${SETTING}: there is no master key at ${path}; there is no default`,
    );
    expect(() => readMasterKey(SETTING, '')).toThrow(`${SETTING}: not set`);
  });

  test('R25 · one that others may read, or that belongs to someone else, is refused', () => {
    createMasterKeyFile(path);
    for (const mode of [0o644, 0o640, 0o604, 0o660, 0o700]) {
      chmodSync(path, mode);
      expect(() => readMasterKey(SETTING, path)).toThrow(new RegExp(`${SETTING}: .* has mode 0${mode.toString(8)}`));
    }
    chmodSync(path, 0o600);
    const us = process.getuid!();
    jest.spyOn(process as { getuid: () => number }, 'getuid').mockReturnValue(us + 1);
    expect(() => readMasterKey(SETTING, path)).toThrow(`belongs to user ${us}, not to user ${us + 1}`);
  });

  test('R25 · one that Kubernetes mounts is read: of root, for a group, and for nobody else', () => {
    createMasterKeyFile(path);
    chmodSync(path, 0o440);
    const us = statSync(path).uid;
    jest.spyOn(process as { getuid: () => number }, 'getuid').mockReturnValue(10_001);
    if (us !== 0) return void expect(() => readMasterKey(SETTING, path)).toThrow(`belongs to user ${us}`);
    expect(readMasterKey(SETTING, path)).toHaveLength(32);
    for (const mode of [0o444, 0o460, 0o640]) {
      chmodSync(path, mode);
      expect(() => readMasterKey(SETTING, path)).toThrow('belongs to user 0, not to user 10001');
    }
  });

  test('R25 · what is not 32 bytes of base64url is refused, and the message does not repeat it', () => {
    createMasterKeyFile(path);
    const good = readFileSync(path, 'utf8').trim();
    for (const text of ['', 'secret', `${good}A`, good.slice(1), `${good}=`, ` ${good}`, `${good}\n\n`]) {
      writeFileSync(path, text);
      expect(() => readMasterKey(SETTING, path)).toThrow(
        `${SETTING}: ${path} does not hold 32 bytes as base64url without padding`,
      );
    }
  });

  test('R25 · a directory in its place is refused', () => {
    mkdirSync(path, { recursive: true });
    expect(() => readMasterKey(SETTING, path)).toThrow('is not a file');
  });

  test('is made once, 0600, and never replaced', () => {
    expect(createMasterKeyFile(path)).toBe(true);
    const key = readMasterKey(SETTING, path);
    expect(createMasterKeyFile(path)).toBe(false);
    expect(readMasterKey(SETTING, path)).toEqual(key);
    expect(key).toHaveLength(32);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test('R25 · inside the data directory it is refused, also through a link', () => {
    const data = join(root, 'data');
    mkdirSync(join(data, 'deep'), { recursive: true });
    createMasterKeyFile(join(data, 'deep', 'master.key'));
    createMasterKeyFile(path);
    symlinkSync(join(data, 'deep', 'master.key'), join(root, 'link.key'));
    expect(() => checkOutside(SETTING, join(data, 'deep', 'master.key'), data)).toThrow('lies in the data directory');
    expect(() => checkOutside(SETTING, join(root, 'link.key'), data)).toThrow('lies in the data directory');
    expect(() => checkOutside(SETTING, path, data)).not.toThrow();
  });
});
