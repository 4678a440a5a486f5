import { createPrivateKey } from 'node:crypto';
import { chmodSync, readFileSync, readdirSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { utf8 } from '@countersign/kernel';
import { keyStoreContract } from '@countersign/keys';
import { openFileKeyStore } from '../src/index.js';
import { newHouse, outputOf, spawnKeyProcess, type House } from './house.js';

let house: House;
beforeEach(() => {
  house = newHouse();
});
afterEach(() => house.remove());

describe('a key file keeps the contract of the port', () => {
  const pair = async () => ({ first: house.open(), second: house.open() });
  test.each(keyStoreContract(pair))('BCB-15.file · $name', ({ run }) => run());
});

describe('a key file', () => {
  test('BCB-15.file · keys survive a restart, and every id says that a file stands behind it', async () => {
    const { id } = await house.open().create('token/t1', 'sign');
    const jwk = await house.open().publicKey(id);
    expect(id).toBe('file:token/t1/1');
    expect(await house.open().publicKey(id)).toEqual(jwk);
  });

  test('BCB-15.file · holds no private key in clear, and is closed to others', async () => {
    const store = house.open();
    await store.create('caller', 'sign');
    const { keys } = JSON.parse(readFileSync(house.file, 'utf8')) as { keys: { sealed: string }[] };
    expect(() =>
      createPrivateKey({ key: Buffer.from(keys[0]!.sealed, 'base64url'), format: 'der', type: 'pkcs8' }),
    ).toThrow();
    expect(Object.keys(keys[0]!).sort()).toEqual([
      'activatedAt',
      'createdAt',
      'id',
      'name',
      'sealed',
      'state',
      'use',
      'version',
    ]);
    expect(statSync(house.file).mode & 0o777).toBe(0o600);
    expect(readdirSync(dirname(house.file))).toEqual(['keys.json']);
  });

  test('BCB-15.file · one changed character anywhere stops the start', async () => {
    await house.open().create('caller', 'sign');
    await house.open().create('kek', 'wrap');
    const text = readFileSync(house.file, 'utf8').trimEnd();
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.constantFrom('A', '0', '"', '}', 'é'), (at, character) => {
        fc.pre(text[at] !== character);
        writeFileSync(house.file, text.slice(0, at) + character + text.slice(at + 1));
        expect(() => house.open()).toThrow(expect.objectContaining({ name: 'KeyFileRefused' }));
      }),
    );
  });

  test('BCB-15.file · a disabled key cannot be enabled by editing the file', async () => {
    const { id } = await house.open().create('caller', 'sign');
    await house.open().disable(id);
    writeFileSync(house.file, readFileSync(house.file, 'utf8').replace('"disabled"', '"active"'));
    expect(() => house.open()).toThrow('was changed');
  });

  test('BCB-15.file · truncated, empty and foreign files are refused', async () => {
    await house.open().create('caller', 'sign');
    const text = readFileSync(house.file, 'utf8');
    for (const damaged of [text.slice(0, -20), '', '[]', 'null', '{}', '{"mac":"AA"}']) {
      writeFileSync(house.file, damaged);
      expect(() => house.open()).toThrow(expect.objectContaining({ name: 'KeyFileRefused' }));
    }
  });

  test('BCB-15.file · a file that vanishes is a loss, not an empty store', async () => {
    const store = house.open();
    await store.create('caller', 'sign');
    rmSync(house.file);
    await expect(store.list()).rejects.toThrow('is gone');
    await expect(store.create('caller', 'sign')).rejects.toThrow('is gone');
  });

  test('BCB-15.file · one that others can read is refused', async () => {
    await house.open().create('caller', 'sign');
    chmodSync(house.file, 0o640);
    expect(() => house.open()).toThrow(/COUNTERSIGN_KEY_FILE: .* has mode 0640/);
  });

  test('R25 · another master key opens nothing', async () => {
    await house.open().create('caller', 'sign');
    const other = newHouse();
    expect(() => openFileKeyStore({ file: house.file, masterKeyFile: other.masterKeyFile })).toThrow(
      'another master key',
    );
    other.remove();
  });
});

describe('several processes on one key file', () => {
  test('BCB-15.file · creating the same names at once makes one key each, and loses none', async () => {
    const names = Array.from({ length: 8 }, (_, index) => `token/t${index}`);
    const children = [1, 2, 3].map((n) => spawnKeyProcess(house, 'create', n % 2 ? names : names.toReversed()));
    const made = (await Promise.all(children.map(outputOf))).map(
      (text) => JSON.parse(text) as { kid: string; x: string }[],
    );
    const byKid = made.map((keys) => Object.fromEntries(keys.map((key) => [key.kid, key.x])));
    expect(byKid[1]).toEqual(byKid[0]);
    expect(byKid[2]).toEqual(byKid[0]);
    expect((await house.open().list()).map((key) => key.id)).toEqual(names.map((name) => `file:${name}/1`));
  });

  test('BCB-15.file · a process killed while it writes leaves a whole file that the next one goes on with', async () => {
    let versions = 0;
    for (let round = 0; round < 4; round++) {
      const child = spawnKeyProcess(house, 'churn');
      await once(child.stdout!, 'data');
      await sleep(20 + round * 13);
      child.kill('SIGKILL');
      await once(child, 'close');
      const store = house.open();
      const next = await store.prepare('caller');
      expect(next.version).toBeGreaterThan(versions);
      versions = next.version;
      expect(await store.sign((await store.activate(next.id)).id, utf8('x'))).toHaveLength(64);
      const states = (await store.list('caller')).map((key) => key.state);
      expect(states).toEqual([...Array<string>(versions - 1).fill('retiring'), 'active']);
    }
    expect(readdirSync(dirname(house.file))).toEqual(['keys.json']);
  });

  test('BCB-15.file · a half-written successor and the lock of a dead process do not stand in the way', async () => {
    const store = house.open();
    await store.create('caller', 'sign');
    const before = readFileSync(house.file, 'utf8');
    writeFileSync(`${house.file}.999999-abc.tmp`, before.slice(0, 50));
    writeFileSync(
      `${house.file}.lock`,
      JSON.stringify({
        host: hostname(),
        namespace: readlinkSync('/proc/self/ns/pid'),
        pid: 2 ** 30,
        at: Date.now(),
        token: 'x',
      }),
    );
    expect((await house.open().list()).map((key) => key.name)).toEqual(['caller']);
    await store.create('snapshot', 'sign');
    expect(readdirSync(dirname(house.file))).toEqual(['keys.json']);
  });
});
