import { equal } from 'node:assert/strict';
import { verify } from 'node:crypto';
import { utf8 } from '@countersign/kernel';
import { publicKeyOf } from '../tokens/jwks.js';
import type { PublicJwk } from '../store/key-store.js';
import { refusesWith, same, type Clause } from './case.js';

const DATA = utf8('exactly this');

const verifies = (jwk: PublicJwk, data: Uint8Array, signature: Uint8Array): boolean =>
  verify('sha256', data, { key: publicKeyOf(jwk), dsaEncoding: 'ieee-p1363' }, signature);

const signs: Clause = async ({ first }) => {
  const { id } = await first.create('caller', 'sign');
  const signature = await first.sign(id, DATA);
  const jwk = await first.publicKey(id);
  equal(signature.length, 64);
  equal(jwk.kid, id);
  equal(verifies(jwk, DATA, signature), true);
  equal(verifies(jwk, utf8('exactly That'), signature), false);
};

const publishesNoSecret: Clause = async ({ first }) => {
  const { id } = await first.create('caller', 'sign');
  same(Object.keys(await first.publicKey(id)).sort(), ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
};

const signsConcurrently: Clause = async ({ first, second }) => {
  const { id } = await first.create('caller', 'sign');
  const inputs = Array.from({ length: 64 }, (_, index) => utf8(`message ${index}`));
  const signatures = await Promise.all(inputs.map((data, index) => (index % 2 ? first : second).sign(id, data)));
  const jwk = await first.publicKey(id);
  inputs.forEach((data, index) => equal(verifies(jwk, data, signatures[index]!), true));
};

const keepsOldSignatures: Clause = async ({ first }) => {
  const old = await first.create('token/t1', 'sign');
  const signature = await first.sign(old.id, DATA);
  const next = await first.prepare('token/t1');
  await first.activate(next.id);
  equal(verifies(await first.publicKey(old.id), DATA, signature), true);
  equal(verifies(await first.publicKey(next.id), DATA, signature), false);
};

const refusesNext: Clause = async ({ first }) => {
  await first.create('caller', 'sign');
  const next = await first.prepare('caller');
  equal((await first.publicKey(next.id)).kid, next.id);
  await refusesWith('key_not_active', first.sign(next.id, DATA));
};

const refusesDisabled: Clause = async ({ first }) => {
  const { id } = await first.create('caller', 'sign');
  const signature = await first.sign(id, DATA);
  await first.disable(id);
  await refusesWith('key_disabled', first.sign(id, DATA));
  await refusesWith('key_conflict', first.activate(id));
  equal(verifies(await first.publicKey(id), DATA, signature), true);
};

const refusesOtherUse: Clause = async ({ first }) => {
  const { id } = await first.create('kek', 'wrap');
  await refusesWith('key_conflict', first.sign(id, DATA));
  await refusesWith('key_conflict', first.publicKey(id));
  await refusesWith('key_conflict', first.create('kek', 'sign'));
};

const refusesUnknown: Clause = async ({ first }) => {
  await refusesWith('key_unknown', first.sign('none:caller/1', DATA));
  await refusesWith('key_unknown', first.publicKey('none:caller/1'));
  await refusesWith('key_unknown', first.disable('none:caller/1'));
  await refusesWith('key_unknown', first.prepare('caller'));
};

export const SIGNING_CLAUSES: Record<string, Clause> = {
  'a signature is raw r‖s and verifies under the public key': signs,
  'a public key carries no private member': publishesNoSecret,
  'concurrent signatures over two instances all verify': signsConcurrently,
  'what a replaced key signed still verifies': keepsOldSignatures,
  'the next key is published but does not sign': refusesNext,
  'a disabled key signs nothing and does not come back, its signatures stay provable': refusesDisabled,
  'a key serves one use': refusesOtherUse,
  'an unknown key is refused as unknown': refusesUnknown,
};
