import { isRefusal, refuse, sha256, systemClock, type Clock } from '@countersign/kernel';
import type { HeldState } from './held-states.js';
import { KeyDirectory } from './key-directory.js';
import type { Exclusively, KeyEngine, Point } from './key-engine.js';
import { checkKeyName, keyNameOf } from './key-id.js';
import type { EncryptionContext, KeyInfo, KeyStore, KeyUse, PublicJwk } from './key-store.js';
import { activateKey, activeOf, createKey, disableKey, keyOf, prepareKey, type KeyChange } from './lifecycle.js';
import { readWrapped, wrappedHeader } from './wrapped.js';

/** The most that `wrap` takes, bytes; every driver keeps to it. */
const MOST = 4_096;

/** What the rules of a key’s life need besides an engine. */
export interface EngineKeyStoreOptions {
  /** Keeps two from making the same version; where the engine's own `make` does so, it may let everyone through. */
  exclusively: Exclusively;
  clock?: Clock;
}

/** The port over an engine: the rules of a key's life are ours, the private operations the engine's. */
export class EngineKeyStore implements KeyStore {
  private readonly directory: KeyDirectory;
  private readonly points = new Map<string, Point>();
  private readonly exclusively: Exclusively;
  private readonly clock: Clock;

  constructor(
    private readonly engine: KeyEngine,
    { exclusively, clock = systemClock }: EngineKeyStoreOptions,
  ) {
    this.directory = new KeyDirectory(engine);
    this.exclusively = exclusively;
    this.clock = clock;
  }

  async sign(keyId: string, data: Uint8Array): Promise<Uint8Array> {
    const { held, info } = await this.usable(keyId, 'sign');
    if (info.state === 'next') throw refuse('key_not_active', {}, keyId);
    return this.noticing(info, this.engine.sign(held, sha256(data)));
  }

  async publicKey(keyId: string): Promise<PublicJwk> {
    const { held, info } = await this.existing(keyId);
    if (info.use !== 'sign') throw refuse('key_conflict', {}, `${keyId} is for ${info.use}`);
    const point = this.points.get(held.ref) ?? (await this.engine.publicKey(held));
    this.points.set(held.ref, point);
    return { kty: 'EC', crv: 'P-256', x: point.x, y: point.y, kid: keyId, alg: 'ES256', use: 'sig' };
  }

  async create(name: string, use: KeyUse): Promise<KeyInfo> {
    checkKeyName(name);
    return this.change(name, (keys, now) => createKey(keys, this.engine.driver, name, use, now));
  }

  async prepare(name: string): Promise<KeyInfo> {
    checkKeyName(name);
    return this.change(name, (keys, now) => prepareKey(keys, this.engine.driver, name, now));
  }

  async activate(keyId: string): Promise<KeyInfo> {
    return this.change(this.nameOf(keyId), (keys, now) => activateKey(keys, keyId, now));
  }

  async disable(keyId: string): Promise<KeyInfo> {
    return this.change(this.nameOf(keyId), (keys) => disableKey(keys, keyId));
  }

  async list(name?: string): Promise<KeyInfo[]> {
    if (name !== undefined) return infosOf(await this.directory.now(name));
    const names = [...(await this.engine.names())].sort((a, b) => a.localeCompare(b));
    const lists: KeyInfo[] = [];
    for (const each of names) lists.push(...infosOf(await this.directory.now(each)));
    return lists;
  }

  async wrap(name: string, plaintext: Uint8Array, context: EncryptionContext): Promise<Uint8Array> {
    if (plaintext.length > MOST) throw new RangeError(`a key store wraps at most ${MOST} bytes`);
    const recent = await this.directory.recent(name);
    const states = recent.length > 0 ? recent : await this.directory.now(name);
    const { held, info } = usable(stateIn(states, activeOf(infosOf(states), name).id), 'wrap');
    const header = wrappedHeader(info.id);
    const body = await this.noticing(info, this.engine.wrap(held, plaintext, { header, context }));
    return Buffer.concat([header, body]);
  }

  async unwrap(wrapped: Uint8Array, context: EncryptionContext): Promise<Uint8Array> {
    const { keyId, header, body } = readWrapped(wrapped);
    const { held, info } = await this.usable(keyId, 'wrap');
    return this.noticing(info, this.engine.unwrap(held, body, { header, context }));
  }

  async close(): Promise<void> {
    await this.engine.close?.();
  }

  private nameOf(keyId: string): string {
    const name = keyNameOf(this.engine.driver, keyId);
    if (name === undefined) throw refuse('key_unknown', {}, `no key ${keyId}`);
    return name;
  }

  private async existing(keyId: string): Promise<HeldState> {
    const found = await this.directory.find(keyId);
    if (!found) throw refuse('key_unknown', {}, `no key ${keyId}`);
    return found;
  }

  private usable = async (keyId: string, use: KeyUse): Promise<HeldState> => usable(await this.existing(keyId), use);

  /** What is decided without a change needs no lock; what is to change is decided again under it. */
  private async change(name: string, decide: (keys: readonly KeyInfo[], now: Date) => KeyChange): Promise<KeyInfo> {
    const decided = decide(infosOf(await this.directory.now(name)), this.clock.now());
    if (decided.put.length === 0) return decided.result;
    return this.exclusively(`${this.engine.driver}:${name}`, async () => {
      const states = await this.directory.now(name);
      const { put, result } = decide(infosOf(states), this.clock.now());
      for (const info of put) await this.store(states, info);
      return put.length === 0 ? result : keyOf(infosOf(await this.directory.now(name)), result.id);
    });
  }

  /** One write, or none: that a key is retiring follows from its successor. */
  private async store(states: readonly HeldState[], info: KeyInfo): Promise<void> {
    const held = states.find((state) => state.info.id === info.id)?.held;
    if (!held) await this.engine.make(info);
    else if (info.state === 'disabled') await this.engine.disable(held, this.clock.now());
    else if (info.state === 'active') await this.engine.activate(held, info.activatedAt ?? this.clock.now());
  }

  /**
   * When the engine knows better than we did, what we knew is dropped. A key it lets nobody use may have been disabled
   * between our look and its use: that is said as it is, for who signs then takes the successor.
   */
  private async noticing<T>({ id, name }: KeyInfo, operation: Promise<T>): Promise<T> {
    try {
      return await operation;
    } catch (error) {
      if (!isRefusal(error) || error.code === 'seal_refused') throw error;
      this.directory.forget(name);
      if (error.code === 'key_store_denied' && (await this.isDisabled(id, name))) throw refuse('key_disabled', {}, id);
      throw error;
    }
  }

  private async isDisabled(id: string, name: string): Promise<boolean> {
    const states = await this.directory.now(name).catch((): HeldState[] => []);
    return states.some(({ info, held }) => info.id === id && held.halt === 'disabled');
  }
}

const infosOf = (states: readonly HeldState[]): KeyInfo[] => states.map(({ info }) => info);

const stateIn = (states: readonly HeldState[], id: string): HeldState => states.find(({ info }) => info.id === id)!;

function usable(state: HeldState, use: KeyUse): HeldState {
  const { held, info } = state;
  if (info.use !== use) throw refuse('key_conflict', {}, `${info.id} is for ${info.use}`);
  if (held.halt === 'deletion') throw refuse('key_pending_deletion', {}, info.id);
  if (held.halt) throw refuse('key_disabled', {}, info.id);
  return state;
}
