import { toBase64Url } from '@countersign/kernel';
import { TenantKeyring, sealFields, sealedUnder, type KeyStore } from '@countersign/keys';
import type { Holder, Origin } from '../ports.js';

/** Personal details of one event, sealed, and what stands for them in the leaf. */
export interface Sealed {
  commitment: string;
  /** base64url; names the data key. */
  keyId: string;
  sealed: Uint8Array;
}

const MAX_USER_AGENT = 512;

/**
 * Seals where a request came from under the person's own key. A tenant's key is unwrapped by the key store once and then
 * held, so a login makes no call to it; `ready` is called for all tenants ahead of their logins. What enrollment hands over
 * after a rotation is loaded beside the earlier one.
 */
export class DetailSealer {
  private readonly ring: TenantKeyring;
  private readonly loaded = new Map<string, Promise<void>>();

  constructor(keys: KeyStore) {
    this.ring = new TenantKeyring(keys);
  }

  /**
   * @param event UUID of the event the details belong to
   * @returns undefined for an erased person, or when there is nothing to seal
   */
  async seal(tenant: string, holder: Holder, event: string, origin: Origin): Promise<Sealed | undefined> {
    const { subject, keys } = holder;
    const fields = fieldsOf(origin);
    if (keys.wrappedDataKey.length === 0 || Object.keys(fields).length === 0) return undefined;
    await this.ready(tenant, keys.wrappedTenantKey);
    const dataKey = this.ring.openDataKey(tenant, subject, keys.wrappedDataKey);
    const { commitment, sealed } = sealFields(dataKey, { event, subject, tenant }, fields);
    return { commitment, keyId: toBase64Url(sealedUnder(sealed)), sealed };
  }

  /** Holds a tenant's key. @throws what the key store throws */
  ready(tenant: string, wrapped: Uint8Array): Promise<void> {
    const name = `${tenant} ${toBase64Url(wrapped)}`;
    const loading = this.loaded.get(name) ?? this.ring.load(tenant, wrapped);
    this.loaded.set(name, loading);
    loading.catch(() => this.loaded.delete(name));
    return loading;
  }
}

const fieldsOf = ({ address, userAgent }: Origin): Record<string, string> => ({
  ...(address === '' ? {} : { address }),
  ...(userAgent === '' ? {} : { userAgent: userAgent.slice(0, MAX_USER_AGENT) }),
});
