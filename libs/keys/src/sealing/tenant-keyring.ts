import { randomBytes } from 'node:crypto';
import { canonicalBytes, isRefusal, refuse } from '@countersign/kernel';
import type { KeyStore } from '../store/key-store.js';
import { sealingKey } from './aead.js';
import { SealingKeyring } from './sealing-keyring.js';

const KEY_BYTES = 32;

interface TenantKeys {
  secrets: readonly Uint8Array[];
  ring: SealingKeyring;
}

/** A subject's data key: use it and let it go. Erasing a person destroys the stored `wrapped`. */
export interface DataKey {
  /** 32 bytes, for `sealFields` and `openFields`. */
  key: Uint8Array;
  /** 65 bytes to store: `seal` under the tenant key, associated data JCS(`{purpose, subject, tenant}`). */
  wrapped: Uint8Array;
}

const aad = (tenant: string, subject: string): Uint8Array =>
  canonicalBytes({ purpose: 'subject data key', subject, tenant });

const OF_THE_KEY = ['key_unknown', 'key_disabled', 'key_pending_deletion', 'seal_refused'];

/** Whether it is this wrapped key that cannot be opened, rather than the key store that does not answer. */
export const isOfTheKey = (error: unknown): boolean => isRefusal(error) && OF_THE_KEY.includes(error.code);

/**
 * The upper two of the three levels: the key store wraps a tenant's key, which wraps each subject's data key.
 * Tenant keys are unwrapped at start and held in memory, so sealing and opening make no call to the key store.
 */
export class TenantKeyring {
  private readonly tenants = new Map<string, TenantKeys>();

  /** @param kekOf name of the wrapping key for a tenant; one for all unless told */
  constructor(
    private readonly keys: KeyStore,
    private readonly kekOf: (tenant: string) => string = () => 'kek',
  ) {}

  /** Makes a tenant key, holds it, and returns it wrapped, to be stored with the tenant. */
  async createTenantKey(tenant: string): Promise<Uint8Array> {
    const secret = randomBytes(32);
    const wrapped = await this.keys.wrap(this.kekOf(tenant), secret, { purpose: 'tenant key', tenant });
    this.hold(tenant, secret);
    return wrapped;
  }

  /**
   * Holds a stored tenant key. The last one loaded wraps new data keys; those before it still open theirs.
   * @throws `seal_refused` when it was wrapped for another tenant, `key_unknown`, `key_disabled`
   */
  async load(tenant: string, wrapped: Uint8Array): Promise<void> {
    const [current, ...others] = await this.unwrapped(tenant, wrapped);
    for (const secret of others) this.hold(tenant, secret);
    this.hold(tenant, current!);
  }

  /** The same keys, wrapped under the newest version of the wrapping key. */
  async rewrap(tenant: string, wrapped: Uint8Array): Promise<Uint8Array> {
    return this.wrapped(tenant, await this.unwrapped(tenant, wrapped));
  }

  /**
   * The steps of replacing a tenant's key. `announce` adds a new one that nothing is wrapped under yet, so that everybody
   * can learn of it; `promote` lets it wrap; `retire` drops the one before, when nothing is wrapped under that any more.
   * @throws RangeError for a step that does not follow
   */
  async announce(tenant: string, wrapped: Uint8Array): Promise<Uint8Array> {
    const [current, ...others] = await this.unwrapped(tenant, wrapped);
    if (others.length > 0) throw new RangeError('a new key is announced already');
    return this.wrapped(tenant, [current!, randomBytes(32)]);
  }

  async promote(tenant: string, wrapped: Uint8Array): Promise<Uint8Array> {
    const [current, next, ...others] = await this.unwrapped(tenant, wrapped);
    if (!next || others.length > 0) throw new RangeError('no new key is announced');
    return this.wrapped(tenant, [next, current!]);
  }

  async retire(tenant: string, wrapped: Uint8Array): Promise<Uint8Array> {
    const [current, earlier] = await this.unwrapped(tenant, wrapped);
    if (!earlier) throw new RangeError('there is no earlier key');
    return this.wrapped(tenant, [current!]);
  }

  /** Names of the stored keys, the one that wraps first: the 4 bytes that stand in front of each data key. */
  async keyIds(tenant: string, wrapped: Uint8Array): Promise<Uint8Array[]> {
    return (await this.unwrapped(tenant, wrapped)).map((secret) => sealingKey(secret).id);
  }

  /** The same data key under the tenant key that wraps now. @throws as `openDataKey` */
  rewrapDataKey(tenant: string, subject: string, wrapped: Uint8Array): Uint8Array {
    const key = this.openDataKey(tenant, subject, wrapped);
    return this.ringOf(tenant).seal(key, aad(tenant, subject));
  }

  holds(tenant: string): boolean {
    return this.tenants.has(tenant);
  }

  forget(tenant: string): void {
    this.tenants.delete(tenant);
  }

  /** @throws `key_unknown` when no key of the tenant is held */
  createDataKey(tenant: string, subject: string): DataKey {
    const key = randomBytes(32);
    return { key, wrapped: this.ringOf(tenant).seal(key, aad(tenant, subject)) };
  }

  /** @throws `seal_refused` when it is another subject's or tenant's, `key_unknown` when no key of the tenant is held */
  openDataKey(tenant: string, subject: string, wrapped: Uint8Array): Uint8Array {
    return this.ringOf(tenant).open(wrapped, aad(tenant, subject));
  }

  /** One key of 32 bytes, or several one after the other: while a tenant's key is replaced. */
  private async unwrapped(tenant: string, wrapped: Uint8Array): Promise<Uint8Array[]> {
    const all = await this.keys.unwrap(wrapped, { purpose: 'tenant key', tenant });
    return Array.from({ length: all.length / KEY_BYTES }, (_, n) => all.slice(n * KEY_BYTES, (n + 1) * KEY_BYTES));
  }

  private wrapped(tenant: string, secrets: readonly Uint8Array[]): Promise<Uint8Array> {
    return this.keys.wrap(this.kekOf(tenant), Buffer.concat(secrets), { purpose: 'tenant key', tenant });
  }

  private ringOf(tenant: string): SealingKeyring {
    const held = this.tenants.get(tenant);
    if (!held) throw refuse('key_unknown', {}, `no key of tenant ${tenant} is loaded`);
    return held.ring;
  }

  private hold(tenant: string, secret: Uint8Array): void {
    const earlier = (this.tenants.get(tenant)?.secrets ?? []).filter((known) => !Buffer.from(known).equals(secret));
    this.tenants.set(tenant, { secrets: [secret, ...earlier], ring: new SealingKeyring(secret, earlier) });
  }
}
