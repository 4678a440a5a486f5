import type { Database } from '@countersign/database';

export interface StoredTenantKey {
  tenant: string;
  wrapped: Uint8Array;
}

export type KeyStage = 'settled' | 'announced' | 'moving';

export interface WrappedDataKey {
  subject: string;
  wrapped: Uint8Array;
}

const FIRST = '00000000-0000-0000-0000-000000000000';

const PAGE = { name: 'tenant_keys_page', text: 'select * from tenant_keys_page($1, $2)' };
const OF = { name: 'tenant_key_of', text: 'select tenant, wrapped, stage from tenant_key where tenant = $1' };
const REPLACE = { name: 'tenant_key_replace', text: 'select tenant_key_replace($1, $2, $3, $4, $5) as replaced' };
const RETIRE = { name: 'tenant_key_retire', text: 'select tenant_key_retire($1, $2, $3, $4) as replaced' };
const COUNT = { name: 'subjects_count', text: 'select count(*)::int as subjects from subject where tenant = $1' };
const DATA_KEYS = {
  name: 'data_keys_page',
  text: `select id as subject, wrapped_data_key as wrapped from subject where tenant = $1 and id > $2 order by id limit $3`,
};
const MOVE = {
  name: 'data_keys_move',
  text: `update subject s set wrapped_data_key = u.after from unnest($2::uuid[], $3::bytea[], $4::bytea[]) u (id, before, after)
          where s.tenant = $1 and s.id = u.id and s.wrapped_data_key = u.before`,
};
const SECRET = { name: 'keyed_hash_secret_all', text: 'select wrapped from keyed_hash_secret' };
const SECRET_REPLACE = {
  name: 'keyed_hash_secret_replace',
  text: 'select keyed_hash_secret_replace($1, $2) as replaced',
};

const bytes = (values: readonly Uint8Array[]): Buffer[] => values.map((value) => Buffer.from(value));

/** Stored keys that are wrapped anew. Every write is conditional on what was read, so that nothing newer is lost. */
export class RewrapStore {
  constructor(private readonly database: Database) {}

  /** @param after tenant of the last one of the page before, or `''` */
  async tenantKeys(after: string, limit: number): Promise<StoredTenantKey[]> {
    return (await this.database.query<StoredTenantKey>(PAGE, [after || FIRST, limit])).rows;
  }

  tenantKey(tenant: string): Promise<(StoredTenantKey & { stage: KeyStage }) | undefined> {
    return this.database.inTenant(tenant, async (tx) => {
      return (await tx.query<StoredTenantKey & { stage: KeyStage }>(OF, [tenant])).rows[0];
    });
  }

  /** False when somebody else was faster. `undefined` leaves stage and names as they are. */
  async replace(
    { tenant, wrapped }: StoredTenantKey,
    after: Uint8Array,
    stage?: KeyStage,
    keyIds?: readonly Uint8Array[],
  ): Promise<boolean> {
    const values = [tenant, Buffer.from(wrapped), Buffer.from(after), stage ?? null, keyIds ? bytes(keyIds) : null];
    return (await this.database.query<{ replaced: boolean }>(REPLACE, values)).rows[0]!.replaced;
  }

  /** False also when a data key is still under the earlier key. */
  async retire({ tenant, wrapped }: StoredTenantKey, after: Uint8Array, keyId: Uint8Array): Promise<boolean> {
    const values = [tenant, ...bytes([wrapped, after, keyId])];
    return (await this.database.query<{ replaced: boolean }>(RETIRE, values)).rows[0]!.replaced;
  }

  subjects(tenant: string): Promise<number> {
    return this.database.inTenant(tenant, async (tx) => {
      return (await tx.query<{ subjects: number }>(COUNT, [tenant])).rows[0]!.subjects;
    });
  }

  dataKeys(tenant: string, after: string, limit: number): Promise<WrappedDataKey[]> {
    return this.database.inTenant(tenant, async (tx) => {
      return (await tx.query<WrappedDataKey>(DATA_KEYS, [tenant, after || FIRST, limit])).rows;
    });
  }

  /** @returns how many were still as they had been read */
  move(tenant: string, moved: readonly { subject: string; before: Uint8Array; after: Uint8Array }[]): Promise<number> {
    if (moved.length === 0) return Promise.resolve(0);
    const [before, after] = [bytes(moved.map((each) => each.before)), bytes(moved.map((each) => each.after))];
    const values = [tenant, moved.map(({ subject }) => subject), before, after];
    return this.database.inTenant(tenant, async (tx) => (await tx.query(MOVE, values)).rowCount);
  }

  /** The secret of keyed hashes, which concerns no tenant. */
  async hashSecret(): Promise<Uint8Array | undefined> {
    return (await this.database.query<{ wrapped: Buffer }>(SECRET)).rows[0]?.wrapped;
  }

  async replaceHashSecret(before: Uint8Array, after: Uint8Array): Promise<boolean> {
    const { rows } = await this.database.query<{ replaced: boolean }>(SECRET_REPLACE, bytes([before, after]));
    return rows[0]!.replaced;
  }
}
