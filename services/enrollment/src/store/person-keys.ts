import type { Database } from '@countersign/database';
import { toBase64Url } from '@countersign/kernel';
import {
  TenantKeyring,
  isOfTheKey,
  openFields,
  sealFields,
  type DataKey,
  type KeyStore,
  type SealedFields,
} from '@countersign/keys';
import type { EncryptionContext, PersonalFields } from '@countersign/keys';
import type { Person } from '../domain/person.js';

const READ = { name: 'tenant_key_read', text: 'select wrapped from tenant_key where tenant = $1' };
const ADD = {
  name: 'tenant_key_add',
  text: 'insert into tenant_key (tenant, wrapped) values ($1, $2) on conflict do nothing',
};

const CHANGED = { name: 'tenant_keys_changed', text: 'select * from tenant_keys_changed($1)' };
const OVERLAP_MS = 60_000;
/** Asked of the key store at a time. */
const AT_A_TIME = 8;

/** A tenant's stored key, made or replaced at that time. */
export interface ChangedKey {
  tenant: string;
  wrapped: Buffer;
  changed_at: Date;
}

/** Whose keys: enough of a person to open the data key. */
export type KeyOwner = Pick<Person, 'tenant' | 'subject' | 'wrappedDataKey'>;

/**
 * Seals and opens what is personal. A tenant's key is made at its first use, once over all replicas: whoever's insert
 * loses takes the stored one.
 */
export class PersonKeys {
  readonly ring: TenantKeyring;
  private readonly loading = new Map<string, Promise<void>>();
  private seen = new Date(0);
  /** What each held key was loaded from: the same bytes are not unwrapped again. */
  private readonly held = new Map<string, string>();
  /** What could not be opened of a tenant in the background: that is told once. */
  private readonly lost = new Map<string, string>();

  constructor(
    private readonly database: Database,
    keys: KeyStore,
  ) {
    this.ring = new TenantKeyring(keys);
  }

  /** To be awaited before the other methods are used for a tenant; after the first time it costs nothing. */
  async ready(tenant: string): Promise<void> {
    if (this.ring.holds(tenant) && !this.loading.has(tenant)) return;
    const loading = this.loading.get(tenant) ?? this.load(tenant).finally(() => this.loading.delete(tenant));
    this.loading.set(tenant, loading);
    await loading;
  }

  /** Those that were made, replaced or wrapped anew since. */
  async changed(since: Date): Promise<ChangedKey[]> {
    return (await this.database.query<ChangedKey>(CHANGED, [since])).rows;
  }

  /**
   * Holds what was made, replaced or wrapped anew since the last look, for a background loop: so that no request waits for
   * the key store, or needs it. A key that cannot be opened is passed over, and is asked for again by whoever needs it: one
   * tenant's loss is no other's.
   * @param refused told of each that is passed over
   * @throws what the key store throws; then everything from there on is looked at again
   */
  async refresh(refused: (tenant: string, error: unknown) => void): Promise<void> {
    const rows = await this.changed(this.seen);
    for (let from = 0; from < rows.length; from += AT_A_TIME) {
      const some = rows.slice(from, from + AT_A_TIME);
      await Promise.all(some.map((key) => this.holdUnlessLost(key, refused)));
      // A commit may become visible a moment after a later one: the last minute is looked at again.
      const sure = some.at(-1)!.changed_at.getTime() - OVERLAP_MS;
      if (sure > this.seen.getTime()) this.seen = new Date(sure);
    }
  }

  newDataKey(tenant: string, subject: string): DataKey {
    return this.ring.createDataKey(tenant, subject);
  }

  seal(owner: KeyOwner, context: EncryptionContext, fields: PersonalFields): SealedFields {
    return sealFields(this.dataKey(owner), context, fields);
  }

  /** @throws `seal_refused` */
  open(owner: KeyOwner, context: EncryptionContext, stored: SealedFields): PersonalFields {
    return openFields(this.dataKey(owner), context, stored).fields;
  }

  private dataKey({ tenant, subject, wrappedDataKey }: KeyOwner): Uint8Array {
    return this.ring.openDataKey(tenant, subject, wrappedDataKey);
  }

  private async load(tenant: string): Promise<void> {
    const stored = await this.stored(tenant);
    if (stored) return this.hold(tenant, stored);
    const made = await this.ring.createTenantKey(tenant);
    this.ring.forget(tenant);
    await this.database.inTenant(tenant, (tx) => tx.query(ADD, [tenant, Buffer.from(made)]));
    await this.hold(tenant, (await this.stored(tenant))!);
  }

  private async holdUnlessLost(
    { tenant, wrapped }: ChangedKey,
    refused: (tenant: string, error: unknown) => void,
  ): Promise<void> {
    const bytes = toBase64Url(wrapped);
    if (this.lost.get(tenant) === bytes) return;
    try {
      await this.hold(tenant, wrapped);
    } catch (error) {
      if (!isOfTheKey(error)) throw error;
      this.lost.set(tenant, bytes);
      refused(tenant, error);
    }
  }

  private async hold(tenant: string, wrapped: Uint8Array): Promise<void> {
    const bytes = toBase64Url(wrapped);
    if (this.held.get(tenant) === bytes) return;
    await this.ring.load(tenant, wrapped);
    this.held.set(tenant, bytes);
  }

  private stored(tenant: string): Promise<Uint8Array | undefined> {
    return this.database.inTenant(tenant, async (tx) => {
      const { rows } = await tx.query<{ wrapped: Buffer }>(READ, [tenant]);
      return rows[0]?.wrapped;
    });
  }
}
