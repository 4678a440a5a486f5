import { describe, expect, test } from '@jest/globals';
import { isRefusal, refuse, utf8 } from '@countersign/kernel';
import { MemoryBacking } from '../store/memory-backing.js';
import { SoftwareKeyStore } from '../store/software-key-store.js';
import { DelegatedKeys, MemoryShelf } from './delegated-keys.js';
import { jwksOf } from './jwks.js';
import { TokenSigner } from './token-signer.js';

const MINUTE = 60_000;
const DATA = utf8('x');

/** A key store that can be away. */
class Away extends SoftwareKeyStore {
  away = false;
  calls = 0;

  override async list(name?: string) {
    this.answer();
    return super.list(name);
  }

  override async sign(keyId: string, data: Uint8Array) {
    this.answer();
    return super.sign(keyId, data);
  }

  private answer(): void {
    this.calls += 1;
    if (this.away) throw refuse('key_store_unavailable');
  }
}

async function house() {
  let minutes = 0;
  const clock = { now: () => new Date(minutes * MINUTE) };
  const store = new Away('memory', new MemoryBacking(), clock);
  await store.create('k', 'sign');
  const keys = new DelegatedKeys(store, new MemoryShelf(), { clock });
  const signer = new TokenSigner(keys, 'k', { refresh: 0, clock });
  const code = (): Promise<string> =>
    signer.sign('t', {}).then(
      () => 'signed',
      (error: unknown) => (isRefusal(error) ? error.code : String(error)),
    );
  const at = (minute: number): void => void (minutes = minute);
  return { store, keys, signer, code, at };
}

describe('signing by delegation', () => {
  test('BCB-9.keys · goes on while the key store is away, for as long as the issuer key lives and no longer', async () => {
    const { store, code, at } = await house();
    expect(await code()).toBe('signed');
    store.away = true;
    for (const minute of [1, 29, 45, 59]) {
      at(minute);
      expect(await code()).toBe('signed');
    }
    at(60);
    expect(await code()).toBe('key_store_unavailable');
    store.away = false;
    expect(await code()).toBe('signed');
  });

  test('BCB-9.keys · a new issuer key follows after half the life of the old, which stays published', async () => {
    const { keys, signer, at } = await house();
    const first = await signer.kid();
    at(29);
    expect(await signer.kid()).toBe(first);
    at(30);
    const second = await signer.kid();
    expect(second).not.toBe(first);
    expect((await jwksOf(keys, 'k')).keys.map(({ kid }) => kid)).toEqual(['memory:k/1', first, second]);
  });

  test('BCB-9.keys · signatures ask nothing of the key store', async () => {
    const { store, keys, signer } = await house();
    const kid = await signer.kid();
    const before = store.calls;
    for (let round = 0; round < 50; round++) await keys.sign(kid, DATA);
    expect(store.calls).toBe(before);
  });

  test('BCB-9.keys · a process signs with its own issuer keys only', async () => {
    const { keys } = await house();
    await expect(keys.sign('memory:k/1', DATA)).rejects.toMatchObject({ code: 'key_unknown' });
    await expect(keys.sign('memory:k/1/by~AAAAAAAAAAAA', DATA)).rejects.toMatchObject({ code: 'key_unknown' });
  });
});
