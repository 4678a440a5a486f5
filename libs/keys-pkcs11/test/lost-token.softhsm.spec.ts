import { createRequire } from 'node:module';
import { writeFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { isRefusal, utf8 } from '@countersign/kernel';
import type { EngineKeyStore } from '@countersign/keys';
import type { Cryptoki } from '../src/cryptoki.js';
import { newSoftToken, softHsmModule, type SoftToken } from './soft-token.js';

const DATA = utf8('exactly this');

let token: SoftToken;
let store: EngineKeyStore;
beforeEach(async () => {
  token = newSoftToken();
  store = await token.open();
});
afterEach(async () => {
  await store.close();
  token.remove();
});

/** Another user of the same module in this process, as a library beside ours would be. */
function neighbour(): Cryptoki {
  const { PKCS11 } = createRequire(import.meta.url)('pkcs11js') as { PKCS11: new () => Cryptoki };
  const cryptoki = new PKCS11();
  cryptoki.load(softHsmModule());
  return cryptoki;
}

const codeOf = (action: Promise<unknown>): Promise<string> =>
  action.then(
    () => 'answered',
    (error: unknown) => (isRefusal(error) ? error.code : `crash: ${String(error)}`),
  );

describe('a token that vanishes', () => {
  test('BCB-15.pkcs11 · a module finalised beneath us is started again; nothing of it is seen outside', async () => {
    const { id } = await store.create('caller', 'sign');
    neighbour().C_Finalize();
    expect(await store.sign(id, DATA)).toHaveLength(64);
    await sleep(300);
    neighbour().C_Finalize();
    const signed = await Promise.all(Array.from({ length: 64 }, () => store.sign(id, DATA)));
    expect(signed.every((signature) => signature.length === 64)).toBe(true);
  });

  test('BCB-15.pkcs11 · while it is away the answer says so, and it serves again by itself', async () => {
    const { id } = await store.create('caller', 'sign');
    token.unplug();
    neighbour().C_Finalize();
    expect(await codeOf(store.sign(id, DATA))).toBe('key_store_unavailable');
    expect(await codeOf(store.create('other', 'sign'))).toBe('key_store_unavailable');
    token.plug();
    await sleep(300);
    expect(await codeOf(store.sign(id, DATA))).toBe('answered');
  });

  test('BCB-15.pkcs11 · one that was initialised anew holds no key, and no new one is made in its place unasked', async () => {
    const { id } = await store.create('caller', 'sign');
    token.empty();
    token.initialize();
    neighbour().C_Finalize();
    await sleep(1_100);
    expect(await codeOf(store.sign(id, DATA))).toBe('key_unknown');
    expect(await store.list()).toEqual([]);
  });

  test('BCB-15.pkcs11 · more signatures at a time than sessions wait for their turn', async () => {
    const { id } = await store.create('caller', 'sign');
    const signed = await Promise.all(Array.from({ length: 500 }, () => store.sign(id, DATA)));
    expect(new Set(signed.map((signature) => Buffer.from(signature).toString('hex'))).size).toBe(500);
  });
});

describe('the PIN', () => {
  test('BCB-15.pkcs11 · a wrong one is tried once, is in no error, and a corrected file is read', async () => {
    await store.close();
    writeFileSync(token.pinFile, '11112222');
    store = await token.open();
    const first = await store.list('caller').catch((error: unknown) => error);
    expect(first).toMatchObject({ code: 'key_store_denied', internal: 'CKR_PIN_INCORRECT' });
    const again = await store.list('caller').catch((error: unknown) => error);
    expect(again).toMatchObject({ code: 'key_store_denied', internal: 'this PIN was refused before' });
    expect(inspect([first, again], { depth: 9 })).not.toContain('11112222');
    await sleep(20);
    writeFileSync(token.pinFile, `${token.pin}\n`);
    expect(await store.list('caller')).toEqual([]);
  });

  test('BCB-15.pkcs11 · a missing file, an unknown token and a missing module are told apart', async () => {
    const elsewhere = await token.open({ label: 'no such token' });
    expect(await codeOf(elsewhere.list())).toBe('key_store_unavailable');
    await elsewhere.close();
    token.removePin();
    expect(await codeOf(store.list())).toBe('key_store_denied');
    expect(await codeOf(token.open({ module: '/nowhere/libnone.so' }))).toBe('key_store_unavailable');
  });
});

describe('keys in a token', () => {
  test('BCB-9.keys · a private half neither leaves the token nor can be made to', async () => {
    await store.create('caller', 'sign');
    await store.create('kek', 'wrap');
    const cryptoki = neighbour();
    const slot = cryptoki.C_GetSlotList(true)[0]!;
    const session = cryptoki.C_OpenSession(slot, 0x6);
    const [SENSITIVE, EXTRACTABLE, VALUE] = [0x103, 0x162, 0x11];
    for (const type of [3, 4]) {
      cryptoki.C_FindObjectsInit(session, [{ type: 0, value: type }]);
      const [key] = cryptoki.C_FindObjects(session, 1);
      cryptoki.C_FindObjectsFinal(session);
      const flags = cryptoki.C_GetAttributeValue(session, key!, [{ type: SENSITIVE }, { type: EXTRACTABLE }]);
      expect(flags.map(({ value }) => value[0])).toEqual([1, 0]);
      expect(() => cryptoki.C_GetAttributeValue(session, key!, [{ type: VALUE }])).toThrow('CKR_ATTRIBUTE_SENSITIVE');
      expect(() => cryptoki.C_SetAttributeValue(session, key!, [{ type: EXTRACTABLE, value: true }])).toThrow('CKR_');
    }
    cryptoki.C_CloseSession(session);
  });

  test('BCB-9.keys · two stores of one token do not see each other’s keys', async () => {
    const other = await token.open({ namespace: 'other' });
    const { id } = await store.create('caller', 'sign');
    expect(id).toBe('pkcs11:caller/1');
    expect(await other.list()).toEqual([]);
    expect(await codeOf(other.sign(id, DATA))).toBe('key_unknown');
    await other.close();
  });

  test('BCB-9.keys · the token itself refuses a key that was disabled', async () => {
    const { id } = await store.create('caller', 'sign');
    await store.disable(id);
    const cryptoki = neighbour();
    const session = cryptoki.C_OpenSession(cryptoki.C_GetSlotList(true)[0]!, 0x6);
    cryptoki.C_FindObjectsInit(session, [{ type: 0, value: 3 }]);
    const [key] = cryptoki.C_FindObjects(session, 1);
    cryptoki.C_FindObjectsFinal(session);
    expect(() => cryptoki.C_SignInit(session, { mechanism: 0x1041 }, key!)).toThrow('CKR_KEY_FUNCTION_NOT_PERMITTED');
    cryptoki.C_CloseSession(session);
  });
});
