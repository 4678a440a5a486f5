import { existsSync, mkdtempSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { withLock } from './file-lock.js';

let root: string;
let path: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'file-lock-'));
  path = join(root, 'keys.json.lock');
});
afterEach(() => rmSync(root, { recursive: true }));

const namespace = process.platform === 'linux' ? readlinkSync('/proc/self/ns/pid') : '';
const owner = (changes: object): string =>
  JSON.stringify({ host: hostname(), namespace, pid: process.pid, at: Date.now(), token: 'x', ...changes });
const DEAD = 2 ** 30;
const busy = expect.objectContaining({ code: 'key_store_busy' });

describe('the lock of a key file', () => {
  test('is held while the change runs and gone afterwards, also when it throws', async () => {
    expect(await withLock(path, 100, () => existsSync(path))).toBe(true);
    expect(existsSync(path)).toBe(false);
    const failing = withLock(path, 100, () => {
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(existsSync(path)).toBe(false);
  });

  test('is waited for while its owner lives, here or on another host', async () => {
    writeFileSync(path, owner({}));
    await expect(withLock(path, 60, () => 1)).rejects.toEqual(busy);
    writeFileSync(path, owner({ host: 'elsewhere', pid: DEAD }));
    await expect(withLock(path, 60, () => 1)).rejects.toEqual(busy);
    expect(existsSync(path)).toBe(true);
  });

  test('is waited for while its owner may live in another container of this pod, whose processes are not seen here', async () => {
    writeFileSync(path, owner({ namespace: 'pid:[1]', pid: DEAD }));
    await expect(withLock(path, 60, () => 1)).rejects.toEqual(busy);
    writeFileSync(path, owner({ namespace: 'pid:[1]', pid: DEAD, at: Date.now() - 61_000 }));
    expect(await withLock(path, 1_000, () => 2)).toBe(2);
  });

  test('is taken over from a dead process, from one that is too old, and when it was never filled', async () => {
    writeFileSync(path, owner({ pid: DEAD }));
    expect(await withLock(path, 1_000, () => 1)).toBe(1);
    writeFileSync(path, owner({ host: 'elsewhere', at: Date.now() - 61_000 }));
    expect(await withLock(path, 1_000, () => 2)).toBe(2);
    writeFileSync(path, '');
    expect(await withLock(path, 5_000, () => 3)).toBe(3);
  });

  test('a holder whose lock was taken over does not go on', async () => {
    const overtaken = withLock(path, 100, (lock) => {
      writeFileSync(path, owner({ token: 'another' }));
      lock.confirm();
    });
    await expect(overtaken).rejects.toEqual(busy);
    expect(existsSync(path)).toBe(true);
  });
});
