import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { MemoryBacking } from '../store/memory-backing.js';
import { AwayStore } from '../../test/away-store.js';
import { DelegatedKeys } from './delegated-keys.js';
import { MemoryShelf, type IssuerKey } from './issuer-key.js';
import { PublishedKeys, type PublishedKeysOptions } from './published-keys.js';

const MINUTE = 60_000;

async function house(options: PublishedKeysOptions = {}) {
  let now = 0;
  const clock = { now: () => new Date(now) };
  const store = new AwayStore('memory', new MemoryBacking(), clock);
  const shelf = new MemoryShelf();
  const keys = new DelegatedKeys(store, shelf, { clock });
  const kid = await keys.current('k');
  const published = new PublishedKeys(store, shelf, { clock, storeAge: 30 * MINUTE, ...options });
  const kids = async (sought?: string) => (await published.jwks('k', sought)).keys.map((jwk) => jwk.kid);
  return { clock, store, shelf, kid, published, kids, at: (minute: number) => void (now = minute * MINUTE) };
}

describe('the key set of a name', () => {
  test('BCB-9.keys · holds the store’s own keys and what they certified, until ten minutes after that may sign no more', async () => {
    const { kid, kids, at } = await house();
    expect(await kids()).toEqual(['memory:k/1', kid]);
    at(60 + 9.9);
    expect(await kids()).toContain(kid);
    at(60 + 10);
    expect(await kids()).toEqual(['memory:k/1']);
    const { kids: anew, at: later } = await house();
    later(60 + 10);
    expect(await anew()).toEqual(['memory:k/1']);
  });

  test('BCB-9.keys · who can write to the shelf gains nothing: a key of theirs is not in the set, whatever stands beside it', async () => {
    const { shelf, kids, kid, store } = await house();
    const [good] = (await shelf.list('k')) as [IssuerKey];
    const { x, y } = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' }) as {
      x: string;
      y: string;
    };
    const { certificate: _, ...bare } = good.jwk;
    const other = await new DelegatedKeys(store, new MemoryShelf()).current('other');
    for (const jwk of [
      { ...good.jwk, x, y },
      { ...bare, x, y },
      { ...good.jwk, kid: `${kid.slice(0, -1)}${kid.endsWith('_') ? '-' : '_'}` },
    ])
      await shelf.put({ ...good, jwk }, new Date(0));
    await shelf.put({ ...good, certifiedBy: 'memory:other/1', jwk: { ...good.jwk, kid: other, x, y } }, new Date(0));
    expect(await kids()).toEqual(['memory:k/1', kid]);
  });

  test('BCB-9.keys · what a disabled key certified is not in it, and neither is a disabled issuer key', async () => {
    const out = new Set<string>();
    const { kid, kids } = await house({ isDisabled: (each) => out.has(each) });
    out.add(kid);
    expect(await kids()).toEqual(['memory:k/1']);
    out.clear();
    out.add('memory:k/1');
    expect(await kids()).toEqual([]);
  });

  test('BCB-9.keys · stands while the key store is away, and does not wait for it', async () => {
    const { store, kid, kids, at } = await house();
    await kids();
    store.away = true;
    at(45);
    const before = store.calls;
    expect(await kids()).toEqual(['memory:k/1', kid]);
    expect(store.calls).toBe(before + 1);
  });

  test('BCB-9.keys · a key of the store that is new to this process is asked for at once: a certifier, or one that signs itself', async () => {
    const { clock, store, shelf, kids } = await house();
    await kids();
    const { id } = await store.activate((await store.prepare('k')).id);
    expect(await kids()).not.toContain(id);
    expect(await kids(id)).toContain(id);
    await store.activate((await store.prepare('k')).id);
    const issuer = await new DelegatedKeys(store, shelf, { clock }).current('k');
    expect(await kids()).toEqual(expect.arrayContaining(['memory:k/3', issuer]));
  });

  test('BCB-9.keys · a key that was disabled in the store alone is noticed when that is asked again', async () => {
    const { store, kid, published, kids, at } = await house();
    await kids();
    await store.activate((await store.prepare('k')).id);
    await store.disable('memory:k/1');
    at(31);
    await kids();
    await new Promise(setImmediate);
    expect(await kids()).toEqual(['memory:k/2']);
    expect(published.isDisabledInStore('memory:k/1')).toBe(true);
    expect(kid).toContain('memory:k/1');
  });
});
