import type { KeyObject } from 'node:crypto';
import { refuse, systemClock, type Clock } from '@countersign/kernel';
import type { EncryptionContext, KeyInfo, KeyStore, KeyUse, PublicJwk } from './key-store.js';
import { activateKey, activeOf, createKey, disableKey, prepareKey, versionsOf, type KeyChange } from './lifecycle.js';
import { keyObjectOf, publicJwkOf, signEs256, unwrapWith, wrapWith } from './software-key.js';
import { readWrapped } from './wrapped.js';

/** One key as a backing keeps it. */
export interface KeyRecord {
  info: KeyInfo;
  /** PKCS#8 DER of a P-256 key, or 32 bytes of a wrapping key; called once per key and process. */
  material: () => Uint8Array;
}

/** Where records live. */
export interface KeyBacking {
  /** By key id. With `recent` an answer up to a second old will do; `now` looks again. */
  records(freshness: 'recent' | 'now'): ReadonlyMap<string, KeyRecord>;
  /**
   * Applies `decide` to the current keys and stores what it puts, all or nothing, excluding every other writer.
   * A key that is put under a new id gets new material.
   */
  update(decide: (keys: readonly KeyInfo[]) => KeyChange): Promise<KeyInfo>;
}

/** A key store whose private operations run in this process, over any backing. */
export class SoftwareKeyStore implements KeyStore {
  private readonly objects = new Map<string, KeyObject>();

  constructor(
    private readonly driver: string,
    private readonly backing: KeyBacking,
    private readonly clock: Clock = systemClock,
  ) {}

  async sign(keyId: string, data: Uint8Array): Promise<Uint8Array> {
    const record = this.usable(keyId, 'sign');
    if (record.info.state === 'next') throw refuse('key_not_active', {}, keyId);
    return signEs256(this.objectOf(record), data);
  }

  async publicKey(keyId: string): Promise<PublicJwk> {
    const record = this.record(keyId);
    if (record.info.use !== 'sign') throw refuse('key_conflict', {}, `${keyId} is for ${record.info.use}`);
    return publicJwkOf(keyId, this.objectOf(record));
  }

  create(name: string, use: KeyUse): Promise<KeyInfo> {
    return this.backing.update((keys) => createKey(keys, this.driver, name, use, this.clock.now()));
  }

  prepare(name: string): Promise<KeyInfo> {
    return this.backing.update((keys) => prepareKey(keys, this.driver, name, this.clock.now()));
  }

  activate(keyId: string): Promise<KeyInfo> {
    return this.backing.update((keys) => activateKey(keys, keyId, this.clock.now()));
  }

  disable(keyId: string): Promise<KeyInfo> {
    return this.backing.update((keys) => disableKey(keys, keyId));
  }

  async list(name?: string): Promise<KeyInfo[]> {
    const keys = this.infos('now');
    if (name !== undefined) return versionsOf(keys, name);
    return keys.sort((a, b) => a.name.localeCompare(b.name) || a.version - b.version);
  }

  async wrap(name: string, plaintext: Uint8Array, context: EncryptionContext): Promise<Uint8Array> {
    const known = this.infos('recent');
    const keys = known.some((key) => key.name === name) ? known : this.infos('now');
    const record = this.usable(activeOf(keys, name).id, 'wrap');
    return wrapWith(this.objectOf(record), record.info.id, plaintext, context);
  }

  async unwrap(wrapped: Uint8Array, context: EncryptionContext): Promise<Uint8Array> {
    return unwrapWith(this.objectOf(this.usable(readWrapped(wrapped).keyId, 'wrap')), wrapped, context);
  }

  private infos(freshness: 'recent' | 'now'): KeyInfo[] {
    return [...this.backing.records(freshness).values()].map((record) => record.info);
  }

  private record(keyId: string): KeyRecord {
    const found = this.backing.records('recent').get(keyId) ?? this.backing.records('now').get(keyId);
    if (!found) throw refuse('key_unknown', {}, `no key ${keyId}`);
    return found;
  }

  private usable(keyId: string, use: KeyUse): KeyRecord {
    const record = this.record(keyId);
    if (record.info.use !== use) throw refuse('key_conflict', {}, `${keyId} is for ${record.info.use}`);
    if (record.info.state === 'disabled') throw refuse('key_disabled', {}, keyId);
    return record;
  }

  private objectOf({ info, material }: KeyRecord): KeyObject {
    const known = this.objects.get(info.id);
    if (known) return known;
    const made = keyObjectOf(info.use, material());
    this.objects.set(info.id, made);
    return made;
  }
}
