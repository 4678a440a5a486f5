import { randomBytes } from 'node:crypto';
import { notDeepEqual } from 'node:assert/strict';
import { refusedOnceDisabled, refusesWith, sameBytes, type Clause } from './case.js';

const CONTEXT = { tenant: 't1', purpose: 'tenant key' };

const opens: Clause = async ({ first, second }) => {
  const secret = randomBytes(32);
  await first.create('kek', 'wrap');
  const wrapped = await first.wrap('kek', secret, CONTEXT);
  sameBytes(await first.unwrap(wrapped, { purpose: 'tenant key', tenant: 't1' }), secret);
  sameBytes(await second.unwrap(wrapped, CONTEXT), secret);
  notDeepEqual(await first.wrap('kek', secret, CONTEXT), wrapped);
};

const bindsContext: Clause = async ({ first }) => {
  await first.create('kek', 'wrap');
  const wrapped = await first.wrap('kek', randomBytes(32), CONTEXT);
  await refusesWith('seal_refused', first.unwrap(wrapped, { ...CONTEXT, tenant: 't2' }));
  await refusesWith('seal_refused', first.unwrap(wrapped, { tenant: 't1' }));
  await refusesWith('seal_refused', first.unwrap(wrapped, { ...CONTEXT, more: '' }));
};

const refusesChanges: Clause = async ({ first }) => {
  await first.create('kek', 'wrap');
  const wrapped = await first.wrap('kek', randomBytes(32), CONTEXT);
  const changed = Uint8Array.from(wrapped);
  changed[changed.length - 20]! ^= 1;
  await refusesWith('seal_refused', first.unwrap(changed, CONTEXT));
  await refusesWith('seal_refused', first.unwrap(wrapped.subarray(0, -1), CONTEXT));
  await refusesWith('seal_refused', first.unwrap(new Uint8Array(), CONTEXT));
};

const opensAfterRotation: Clause = async ({ first }) => {
  const secret = randomBytes(32);
  const old = await first.create('kek', 'wrap');
  const wrapped = await first.wrap('kek', secret, CONTEXT);
  await first.activate((await first.prepare('kek')).id);
  const again = await first.wrap('kek', secret, CONTEXT);
  sameBytes(await first.unwrap(wrapped, CONTEXT), secret);
  await first.disable(old.id);
  await refusesWith('key_disabled', first.unwrap(wrapped, CONTEXT));
  sameBytes(await first.unwrap(again, CONTEXT), secret);
};

const refusesUnusable: Clause = async ({ first, second }) => {
  await refusesWith('key_unknown', first.wrap('kek', randomBytes(32), CONTEXT));
  const { id } = await first.create('kek', 'wrap');
  const wrapped = await first.wrap('kek', randomBytes(32), CONTEXT);
  await first.disable(id);
  await refusesWith('key_disabled', first.wrap('kek', randomBytes(32), CONTEXT));
  await refusedOnceDisabled(() => second.unwrap(wrapped, CONTEXT));
};

const refusesSigningKey: Clause = async ({ first }) => {
  await first.create('caller', 'sign');
  await refusesWith('key_conflict', first.wrap('caller', randomBytes(32), CONTEXT));
};

export const WRAPPING_CLAUSES: Record<string, Clause> = {
  'what was wrapped unwraps, in any order of the context and on any instance': opens,
  'another context, or more or less of it, is refused': bindsContext,
  'changed and cut bytes are refused': refusesChanges,
  'wrapped data outlives a rotation and ends with its key': opensAfterRotation,
  'a name that is unknown or disabled wraps and unwraps nothing': refusesUnusable,
  'a signing key does not wrap': refusesSigningKey,
};
