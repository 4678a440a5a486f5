import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPublicKey, publicEncrypt, constants } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { isRefusal, utf8 } from '@countersign/kernel';
import { exclusivelyHere, keyStoreContract, wrappedHeader } from '@countersign/keys';
import { createDevelopmentAuthority } from '@countersign/keys-file';
import * as envelope from '../src/envelope.js';
import { openAzureKeyStore } from '../src/index.js';
import { startVaultDouble, type VaultDouble } from './vault-double.js';

const DATA = utf8('exactly this');
const CONTEXT = { tenant: 't1', purpose: 'tenant key' };
const credential = {
  getToken: async () => ({ token: 'token-of-the-test', expiresOnTimestamp: Date.now() + 3_600_000 }),
};

let folder: string;
let double: VaultDouble;
let authority: string;
let count = 0;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vault-'));
  const development = await createDevelopmentAuthority(folder);
  const { certificateFile, keyFile } = await development.issue('session');
  authority = readFileSync(development.certificateFile, 'utf8');
  double = await startVaultDouble({ cert: readFileSync(certificateFile, 'utf8'), key: readFileSync(keyFile, 'utf8') });
});
afterAll(async () => {
  await double.stop();
  rmSync(folder, { recursive: true });
});

const exclusively = exclusivelyHere();
const open = (namespace: string, changes: object = {}) =>
  openAzureKeyStore({
    vaultUrl: double.url,
    double: { credential, authority },
    namespace,
    exclusively,
    ...changes,
  });
const fresh = (): string => `case${++count}`;

const codeOf = (action: Promise<unknown>): Promise<string> =>
  action.then(
    () => 'answered',
    (error: unknown) => (isRefusal(error) ? error.code : `crash: ${String(error)}`),
  );

describe('keys in a double of Azure Key Vault keep the contract of the port', () => {
  const pair = async () => {
    const namespace = fresh();
    return { first: open(namespace), second: open(namespace) };
  };
  test.each(keyStoreContract(pair))('BCB-15.azure · $name', ({ run }) => run());
});

describe('keys in a double of Azure Key Vault', () => {
  test('BCB-9.keys · what was encrypted to the public half by somebody else does not unwrap', async () => {
    const namespace = fresh();
    const store = open(namespace);
    const { id } = await store.create('kek', 'wrap');
    const binding = { header: wrappedHeader(id), context: CONTEXT };
    const [version] = double.keys.get(`${namespace}--kek`)!;
    const { contentKey, sealed } = envelope.seal(utf8('a key of mine'), binding);
    const key = createPublicKey(version!.privateKey);
    const oaep = { key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' };
    const forged = envelope.write({
      wrappedKey: publicEncrypt(oaep, contentKey),
      sealed,
      signature: new Uint8Array(64).fill(1),
    });
    expect(await codeOf(store.unwrap(Buffer.concat([binding.header, forged]), CONTEXT))).toBe('seal_refused');
    expect(double.calls.some((call) => call.endsWith('/unwrapkey') && call.includes(namespace))).toBe(false);
  });

  test('BCB-9.keys · every changed byte of a wrapped value is refused', async () => {
    const store = open(fresh());
    await store.create('kek', 'wrap');
    const wrapped = await store.wrap('kek', utf8('secret'), CONTEXT);
    for (let at = 0; at < wrapped.length; at += 7) {
      const changed = Uint8Array.from(wrapped);
      changed[at]! ^= 1;
      expect(['seal_refused', 'key_unknown']).toContain(await codeOf(store.unwrap(changed, CONTEXT)));
    }
  });

  test('BCB-9.keys · a key disabled in the vault is refused at once, and enabling it there revives nothing', async () => {
    const namespace = fresh();
    const store = open(namespace);
    const { id } = await store.create('caller', 'sign');
    await store.sign(id, DATA);
    const [version] = double.keys.get(`${namespace}--caller`)!;
    version!.enabled = false;
    expect(await codeOf(store.sign(id, DATA))).toBe('key_disabled');
    version!.enabled = true;
    expect(await codeOf(store.sign(id, DATA))).toBe('answered');
    await store.disable(id);
    version!.enabled = true;
    expect(await codeOf(open(namespace).sign(id, DATA))).toBe('key_disabled');
  });

  test('BCB-9.keys · two names that look alike in the vault are two names', async () => {
    const store = open(fresh());
    const [one, other] = [await store.create('token/a--b', 'sign'), await store.create('token/a/b', 'sign')];
    expect((await store.list('token/a--b')).map(({ id }) => id)).toEqual([one.id]);
    expect((await store.list('token/a/b')).map(({ id }) => id)).toEqual([other.id]);
    expect((await store.publicKey(one.id)).x).not.toBe((await store.publicKey(other.id)).x);
  });

  test('BCB-9.keys · refusals of the vault, of the token and of the network are told apart, within the deadline', async () => {
    const store = open(fresh(), { deadlineMs: 1_500 });
    double.failing = 403;
    expect(await codeOf(store.list('caller'))).toBe('key_store_denied');
    double.failing = 503;
    expect(await codeOf(store.list('caller'))).toBe('key_store_unavailable');
    double.failing = undefined;
    const away = open(fresh(), { vaultUrl: 'https://127.0.0.1:9', deadlineMs: 500 });
    expect(await codeOf(away.list('caller'))).toBe('key_store_unavailable');
    const secret = { tenantId: 't', clientId: 'c', clientSecretFile: join(folder, 'missing') };
    expect(() => openAzureKeyStore({ vaultUrl: double.url, secret, namespace: 'x', exclusively })).toThrow(
      expect.objectContaining({ code: 'key_store_denied' }),
    );
  });
});
