import { equal, match } from 'node:assert/strict';
import { utf8 } from '@countersign/kernel';
import { jwksOf } from '../tokens/jwks.js';
import { eventually, refusedOnceDisabled, refusesWith, same, type Clause } from './case.js';

const namesDriver: Clause = async ({ first }) => {
  const key = await first.create('token/5e0c0f3e-97b4-7d6c-8a51-0d2f6f3c9a11', 'sign');
  match(key.id, /^[a-z0-9-]+:token\/5e0c0f3e-97b4-7d6c-8a51-0d2f6f3c9a11\/1$/);
  same([key.version, key.use, key.state], [1, 'sign', 'active']);
  equal(key.createdAt instanceof Date, true);
};

const createsOnce: Clause = async ({ first, second }) => {
  const made = await Promise.all(
    Array.from({ length: 16 }, (_, index) => (index % 2 ? first : second).create('caller', 'sign')),
  );
  equal(new Set(made.map((key) => key.id)).size, 1);
  equal((await first.list('caller')).length, 1);
  same(await first.publicKey(made[0]!.id), await second.publicKey(made[0]!.id));
};

const preparesOnce: Clause = async ({ first, second }) => {
  await first.create('caller', 'sign');
  const made = await Promise.all(Array.from({ length: 8 }, (_, i) => (i % 2 ? first : second).prepare('caller')));
  equal(new Set(made.map((key) => key.id)).size, 1);
  await Promise.all([first.activate(made[0]!.id), second.activate(made[0]!.id)]);
  same(
    (await first.list('caller')).map((key) => key.state),
    ['retiring', 'active'],
  );
};

const showsRotation: Clause = async ({ first, second }) => {
  const one = await first.create('caller', 'sign');
  equal((await second.publicKey(one.id)).kid, one.id);
  const two = await second.prepare('caller');
  same(
    (await jwksOf(first, 'caller')).keys.map((key) => key.kid),
    [one.id, two.id],
  );
  await second.activate(two.id);
  equal((await eventuallySigns(first.sign.bind(first), two.id)).length, 64);
  same(
    (await first.list('caller')).map((key) => key.state),
    ['retiring', 'active'],
  );
  await first.disable(one.id);
  await refusedOnceDisabled(() => second.sign(one.id, utf8('x')));
  same(
    (await jwksOf(second, 'caller')).keys.map((key) => key.kid),
    [two.id],
  );
};

async function eventuallySigns(sign: (id: string, data: Uint8Array) => Promise<Uint8Array>, id: string) {
  let signature = new Uint8Array();
  await eventually(async () => {
    signature = Uint8Array.from(await sign(id, utf8('x')));
  });
  return signature;
}

const listsExactly: Clause = async ({ first }) => {
  await first.create('token/a', 'sign');
  await first.create('token/ab', 'sign');
  await first.create('kek', 'wrap');
  same(
    (await first.list('token/a')).map((key) => key.name),
    ['token/a'],
  );
  same(await first.list('token'), []);
  same(
    (await first.list()).map((key) => key.name),
    ['kek', 'token/a', 'token/ab'],
  );
};

const recovers: Clause = async ({ first }) => {
  const lost = await first.create('caller', 'sign');
  await first.disable(lost.id);
  await refusesWith('key_disabled', first.create('caller', 'sign'));
  const next = await first.prepare('caller');
  equal((await first.activate(next.id)).state, 'active');
  equal((await first.create('caller', 'sign')).id, next.id);
};

const refusesNames: Clause = async ({ first }) => {
  for (const name of ['', 'Caller', '../caller', 'a b', 'a/b/c/d', 'a//b', 'x'.repeat(40)])
    await refusesWith(
      'key_name_invalid',
      Promise.resolve().then(() => first.create(name, 'sign')),
    );
};

export const LIFECYCLE_CLAUSES: Record<string, Clause> = {
  'a key id names driver, name and version': namesDriver,
  'creating one name from two instances at once makes one key': createsOnce,
  'preparing and activating from two instances at once makes one version': preparesOnce,
  'two instances see what the other created, rotated and disabled': showsRotation,
  'a list holds exactly the keys of its name': listsExactly,
  'a name whose key was disabled gets its next version by rotation only': recovers,
  'a malformed name is refused': refusesNames,
};
