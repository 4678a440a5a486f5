import { describe, expect, test } from '@jest/globals';
import { isRefusal, refuse, utf8 } from '@countersign/kernel';
import { MemoryBacking } from '../store/memory-backing.js';
import { AwayStore } from '../../test/away-store.js';
import { DelegatedKeys, type DelegationOptions } from './delegated-keys.js';
import { MemoryShelf, certifierOf, type IssuerKey } from './issuer-key.js';
import { TokenSigner } from './token-signer.js';

const MINUTE = 60_000;
const DATA = utf8('x');

function house() {
  let now = 0;
  const clock = { now: () => new Date(now) };
  const store = new AwayStore('memory', new MemoryBacking(), clock);
  const shelf = new MemoryShelf();
  const replica = (options: DelegationOptions = {}) => new DelegatedKeys(store, shelf, { clock, ...options });
  return { clock, store, shelf, replica, at: (minute: number) => void (now = minute * MINUTE) };
}

const outcome = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'signed',
    (error: unknown) => (isRefusal(error) ? error.code : String(error)),
  );

describe('signing by delegation', () => {
  test('BCB-9.keys · goes on while the key store is away, for as long as the issuer key lives and no longer', async () => {
    const { store, clock, replica, at } = house();
    const keys = replica();
    const signer = new TokenSigner(keys, 'k', { clock });
    expect(await outcome(signer.sign('t', {}))).toBe('signed');
    store.away = true;
    for (const minute of [1, 31, 45, 59]) {
      at(minute);
      await keys.renew();
      expect(await outcome(signer.sign('t', {}))).toBe('signed');
    }
    at(60);
    expect(await outcome(signer.sign('t', {}))).toBe('key_store_unavailable');
    store.away = false;
    at(61);
    expect(await outcome(signer.sign('t', {}))).toBe('signed');
  });

  test('BCB-9.keys · the next issuer key is made before half the life is over and published for six minutes before it signs', async () => {
    const { shelf, replica, at } = house();
    const keys = replica();
    const first = await keys.current('k');
    at(23.9);
    expect((await keys.renew()).made).toBe(0);
    at(30);
    expect((await keys.renew()).made).toBe(1);
    const next = (await shelf.list('k')).at(-1)!.jwk.kid;
    expect(next).not.toBe(first);
    at(35.9);
    expect(keys.current('k')).toBe(first);
    at(36);
    expect(keys.current('k')).toBe(next);
    await expect(keys.sign(first, DATA)).resolves.toHaveLength(64);
  });

  test('BCB-9.keys · tokens ask nothing of the key store', async () => {
    const { store, replica } = house();
    const keys = replica();
    const signers = ['a', 'b'].map((name) => new TokenSigner(keys, name, { refresh: 0 }));
    for (const signer of signers) await signer.kid();
    const before = store.calls;
    for (let round = 0; round < 50; round++) for (const signer of signers) await signer.sign('t', {});
    expect(store.calls).toBe(before);
  });

  test('BCB-9.keys · a process signs with its own issuer keys only', async () => {
    const { store, replica } = house();
    const { id } = await store.create('k', 'sign');
    const kid = await replica().current('k');
    for (const other of [id, kid, `${id}/by~AAAAAAAAAAAA`])
      expect(await outcome(replica().sign(other, DATA))).toBe('key_unknown');
  });

  test('BCB-9.keys · a replica has issuer keys ready for what others sign with, so that its first token waits for nothing', async () => {
    const { store, replica } = house();
    await replica().current('k');
    const other = replica();
    expect((await other.renew()).made).toBe(1);
    store.away = true;
    expect(typeof other.current('k')).toBe('string');
  });

  test('BCB-9.keys · what a disabled key certified signs no more, from the moment that is known, nor does a disabled issuer key', async () => {
    const { store, replica } = house();
    const out = new Set<string>();
    const keys = replica({ isDisabled: (kid) => out.has(kid) });
    const { id } = await store.create('k', 'sign');
    const kid = await keys.current('k');
    expect(certifierOf(kid)).toBe(id);
    await store.activate((await store.prepare('k')).id);
    out.add(id);
    expect(await outcome(keys.sign(kid, DATA))).toBe('key_disabled');
    const next = await keys.current('k');
    expect(certifierOf(next)).toBe('memory:k/2');
    out.add(next);
    expect(await outcome(keys.sign(next, DATA))).toBe('key_disabled');
    expect(await keys.current('k')).not.toBe(next);
  });
});

describe('renewing issuer keys', () => {
  test('BCB-9.keys · thousands of names come to the key store one after the other, spread over minutes', async () => {
    const { store, replica, at } = house();
    const keys = replica();
    const names = Array.from({ length: 200 }, (_, index) => `k${index}`);
    for (const name of names) await keys.current(name);
    let made = 0;
    at(27);
    const before = store.calls;
    for (let turn = 0; turn < 20; turn++) made += (await keys.renew()).made;
    expect(store.calls - before).toBe(2 * made);
    expect(made).toBeGreaterThan(50);
    expect(made).toBeLessThan(150);
    at(30);
    expect((await keys.renew()).made).toBe(20);
  });

  test('BCB-9.keys · a store that is away is asked for a few names, again after seconds; who has little time left counts as late', async () => {
    const { store, replica, at } = house();
    const keys = replica();
    for (let index = 0; index < 40; index++) await keys.current(`k${index}`);
    store.away = true;
    at(30);
    const before = store.calls;
    const turn = await keys.renew();
    expect(turn).toMatchObject({ made: 0, left: 30 * MINUTE, late: 0, failing: 4 });
    expect(turn.failure).toMatchObject({ code: 'key_store_unavailable' });
    expect(store.calls - before).toBe(4);
    at(36.1);
    for (let again = 0; again < 12; again++) await keys.renew();
    expect(await keys.renew()).toMatchObject({ late: 40, left: 23.9 * MINUTE });
    store.away = false;
    at(37);
    for (let again = 0; again < 2; again++) expect((await keys.renew()).made).toBe(20);
    expect(await keys.renew()).toEqual({ made: 0, left: 60 * MINUTE, late: 0, failing: 0 });
  });

  test('BCB-9.keys · names that the key store refuses keep no other from being renewed', async () => {
    const { store, shelf, clock, replica, at } = house();
    const names = Array.from({ length: 68 }, (_, index) => `${index < 60 ? 'refused' : 'good'}${index}`);
    for (const name of names) await replica().current(name);
    const list = store.list.bind(store);
    store.list = async (name) => {
      if (name?.startsWith('refused')) throw refuse('key_disabled');
      return list(name);
    };
    const keys = new DelegatedKeys(store, shelf, { clock });
    for (let second = 0; second < 30; second++) {
      at(second / 60);
      await keys.renew();
    }
    expect(await keys.renew()).toMatchObject({ failing: 60, first: expect.stringMatching(/^refused/) });
    store.away = true;
    for (const name of names.filter((each) => each.startsWith('good')))
      expect(await outcome(Promise.resolve(keys.current(name)))).toBe('signed');
  });

  test('requests for a name without an issuer key ask a store that is away once a second, all others are refused at once', async () => {
    const { store, replica, at } = house();
    const keys = replica();
    store.away = true;
    const waiting = Array.from({ length: 20 }, () => outcome(Promise.resolve(keys.current('k'))));
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['key_store_unavailable']));
    expect(await outcome(Promise.resolve(keys.current('k')))).toBe('key_store_unavailable');
    expect(store.calls).toBe(1);
    at(1 / 60);
    await outcome(Promise.resolve(keys.current('k')));
    expect(store.calls).toBe(2);
  });

  test('a name that nobody has signed with for a day is given up', async () => {
    const { store, replica, at } = house();
    const keys = replica();
    await keys.current('k');
    at(24 * 60 + 61);
    const before = store.calls;
    expect(await keys.renew()).toEqual({ made: 0, left: undefined, late: 0, failing: 0 });
    expect(store.calls).toBe(before);
  });

  test('BCB-9.keys · a name is given up after a day also where the shelf says that it is needed some day to come', async () => {
    const { shelf, store, replica, at } = house();
    await replica().current('k');
    const [key] = (await shelf.list('k')) as [IssuerKey];
    await shelf.put({ ...key, name: 'later' }, new Date(3_000 * 24 * 60 * MINUTE));
    const keys = replica();
    expect((await keys.renew()).made).toBe(2);
    shelf['kept'].length = 0;
    at(24 * 60 + 61);
    expect((await keys.renew()).made).toBe(0);
    expect(await store.list('later')).toHaveLength(1);
  });
});
