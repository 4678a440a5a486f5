import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { withClient } from '@countersign/database';
import { startTestDatabase, type TestDatabase } from '@countersign/database/testing';
import { refuse, utf8 } from '@countersign/kernel';
import { MemoryBacking, SoftwareKeyStore, type EncryptionContext } from '@countersign/keys';
import { SealingKeys } from '../src/store/sealing-keys.js';

const AAD = utf8('whose');
const SECRET = utf8('what');

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase(['challenge']);
});
afterAll(() => database.stop());

/** A key store that counts what it opens, and can be away. */
class Counting extends SoftwareKeyStore {
  away = false;
  unwrapped = 0;

  override async list(name?: string) {
    if (this.away) throw refuse('key_store_unavailable');
    return super.list(name);
  }

  override async unwrap(wrapped: Uint8Array, context: EncryptionContext) {
    if (this.away) throw refuse('key_store_unavailable');
    this.unwrapped += 1;
    return super.unwrap(wrapped, context);
  }
}

let store: Counting;
beforeEach(async () => {
  store = new Counting('memory', new MemoryBacking());
  await store.create('kek', 'wrap');
  await asAdmin('delete from challenge.sealing_key');
});

const asAdmin = (text: string) => withClient(database.adminUrl, async (admin) => (await admin.query(text)).rows);
const older = (minutes: number) =>
  asAdmin(`update challenge.sealing_key set created_at = created_at - interval '${minutes} minutes'`);

async function replica(): Promise<SealingKeys> {
  const keys = new SealingKeys(database.open('challenge'), store);
  await keys.refresh();
  return keys;
}

const opens = (keys: SealingKeys, sealed: Uint8Array): boolean => {
  try {
    return Buffer.from(keys.open(sealed, AAD)).equals(SECRET);
  } catch {
    return false;
  }
};

test('BCB-9.keys · replicas open what the others seal, through a rotation by the day: a new key seals when all can know it', async () => {
  const [one, other] = [await replica(), await replica()];
  const before = one.seal(SECRET, AAD);
  expect(opens(other, before)).toBe(true);
  await older(24 * 60 + 1);
  await one.refresh();
  expect(await asAdmin('select 1 from challenge.sealing_key')).toHaveLength(2);
  expect(opens(other, one.seal(SECRET, AAD))).toBe(true);
  await older(12);
  await other.refresh();
  const after = other.seal(SECRET, AAD);
  expect(Buffer.from(after.subarray(0, 8))).not.toEqual(Buffer.from(before.subarray(0, 8)));
  expect([opens(one, after), opens(one, before)]).toEqual([true, true]);
});

test('BCB-9.keys · each key is asked of the key store once, and without it ceremonies go on', async () => {
  const keys = await replica();
  for (let again = 0; again < 3; again++) await keys.refresh();
  expect(store.unwrapped).toBe(1);
  store.away = true;
  await expect(keys.refresh()).rejects.toMatchObject({ code: 'key_store_unavailable' });
  expect(opens(keys, keys.seal(SECRET, AAD))).toBe(true);
  store.away = false;
  await keys.refresh();
});

test('BCB-9.keys · a key whose row is gone is forgotten: it is not even held', async () => {
  const keys = await replica();
  const kept = 'create temporary table kept on commit preserve rows as select * from challenge.sealing_key';
  await withClient(database.adminUrl, async (admin) => {
    await admin.query(kept);
    await admin.query('delete from challenge.sealing_key');
    await keys.refresh();
    await admin.query('insert into challenge.sealing_key select * from kept');
  });
  await keys.refresh();
  expect(store.unwrapped).toBe(3);
});

test('BCB-9.keys · the wrapping key is rotated: the next key is under the new version; disabled: what is held goes on, a start does without what was under it', async () => {
  const keys = await replica();
  const sealed = keys.seal(SECRET, AAD);
  const { id } = await store.activate((await store.prepare('kek')).id);
  await keys.refresh();
  await keys.refresh();
  const rows = (await asAdmin('select wrapped from challenge.sealing_key order by created_at')) as {
    wrapped: Buffer;
  }[];
  expect(rows.map(({ wrapped }) => wrapped.includes(id))).toEqual([false, true]);
  await store.disable('memory:kek/1');
  await keys.refresh();
  const started = await replica();
  expect([opens(keys, sealed), opens(started, sealed)]).toEqual([true, false]);
  await older(12);
  await Promise.all([keys.refresh(), started.refresh()]);
  expect([opens(started, keys.seal(SECRET, AAD)), opens(keys, started.seal(SECRET, AAD))]).toEqual([true, true]);
});

test('BCB-9.keys · when no key can be opened any more, replicas that start at once agree on one new key', async () => {
  await replica();
  await store.activate((await store.prepare('kek')).id);
  await store.disable('memory:kek/1');
  await older(1);
  const [one, other] = await Promise.all([replica(), replica()]);
  await Promise.all([one.refresh(), other.refresh()]);
  expect(opens(other, one.seal(SECRET, AAD))).toBe(true);
  expect(await asAdmin('select 1 from challenge.sealing_key')).toHaveLength(2);
});

test('BCB-9.keys · a row that somebody changed stops no replica: another key takes its place', async () => {
  await replica();
  await asAdmin(`update challenge.sealing_key set wrapped = set_byte(wrapped, octet_length(wrapped) - 1,
    get_byte(wrapped, octet_length(wrapped) - 1) # 1)`);
  await older(1);
  const [one, other] = [await replica(), await replica()];
  expect(opens(other, one.seal(SECRET, AAD))).toBe(true);
});
