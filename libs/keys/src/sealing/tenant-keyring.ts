import { randomBytes } from 'node:crypto';
import { canonicalBytes, refuse } from '@countersign/kernel';
import type { KeyStore } from '../store/key-store.js';
import { SealingKeyring } from './sealing-keyring.js';

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
    this.hold(tenant, await this.keys.unwrap(wrapped, { purpose: 'tenant key', tenant }));
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
