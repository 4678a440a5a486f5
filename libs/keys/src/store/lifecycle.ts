import { refuse } from '@countersign/kernel';
import { checkKeyName, keyIdOf } from './key-id.js';
import type { KeyInfo, KeyUse } from './key-store.js';

/** What a step of a key's life writes (nothing, when it had already happened) and what it answers. */
export interface KeyChange {
  put: KeyInfo[];
  result: KeyInfo;
}

/** The keys of one name, oldest first. */
export const versionsOf = (keys: readonly KeyInfo[], name: string): KeyInfo[] =>
  keys.filter((key) => key.name === name).sort((a, b) => a.version - b.version);

/** @throws `key_unknown`; `key_disabled` when the name has no active version */
export function activeOf(keys: readonly KeyInfo[], name: string): KeyInfo {
  const versions = versionsOf(keys, name);
  if (versions.length === 0) throw refuse('key_unknown', {}, `no key named ${name}`);
  const active = versions.find((key) => key.state === 'active');
  if (!active) throw refuse('key_disabled', {}, `no active key named ${name}`);
  return active;
}

/** @throws `key_unknown` */
export function keyOf(keys: readonly KeyInfo[], id: string): KeyInfo {
  const found = keys.find((key) => key.id === id);
  if (!found) throw refuse('key_unknown', {}, `no key ${id}`);
  return found;
}

const unchanged = (result: KeyInfo): KeyChange => ({ put: [], result });
const added = (result: KeyInfo): KeyChange => ({ put: [result], result });

/** First version of a name, active at once; the existing active one when there is one. */
export function createKey(keys: readonly KeyInfo[], driver: string, name: string, use: KeyUse, now: Date): KeyChange {
  checkKeyName(name);
  const existing = versionsOf(keys, name)[0];
  if (existing && existing.use !== use) throw refuse('key_conflict', {}, `${name} is for ${existing.use}`);
  if (existing) return unchanged(activeOf(keys, name));
  return added({
    id: keyIdOf(driver, name, 1),
    name,
    version: 1,
    use,
    state: 'active',
    createdAt: now,
    activatedAt: now,
  });
}

/** The next version, published ahead of its use. */
export function prepareKey(keys: readonly KeyInfo[], driver: string, name: string, now: Date): KeyChange {
  const last = versionsOf(keys, name).at(-1);
  if (!last) throw refuse('key_unknown', {}, `no key named ${name}`);
  if (last.state === 'next') return unchanged(last);
  const version = last.version + 1;
  return added({ id: keyIdOf(driver, name, version), name, version, use: last.use, state: 'next', createdAt: now });
}

/** Next becomes active, active becomes retiring, in one change. */
export function activateKey(keys: readonly KeyInfo[], id: string, now: Date): KeyChange {
  const key = keyOf(keys, id);
  if (key.state === 'active') return unchanged(key);
  if (key.state !== 'next') throw refuse('key_conflict', {}, `${id} is ${key.state}`);
  const result: KeyInfo = { ...key, state: 'active', activatedAt: now };
  const before = versionsOf(keys, key.name).filter((other) => other.state === 'active');
  return { put: [result, ...before.map((old): KeyInfo => ({ ...old, state: 'retiring', retiredAt: now }))], result };
}

/** Out of use for good. */
export function disableKey(keys: readonly KeyInfo[], id: string): KeyChange {
  const key = keyOf(keys, id);
  return key.state === 'disabled' ? unchanged(key) : added({ ...key, state: 'disabled' });
}
