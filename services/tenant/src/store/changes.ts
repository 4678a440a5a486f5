import type { Transaction } from '@countersign/database';
import { appendEvent } from '@countersign/outbox';
import type { ServiceBase, SourceFields } from '@countersign/service-base';
import type { SnapshotFeed } from './snapshot-feed.js';
import type { SnapshotSigner } from './snapshot-signer.js';
import { nextSnapshot } from './tenant-rows.js';

/** The event of a change; tenant and outcome follow from the change. */
export type ChangeEvent = Omit<SourceFields, 'tenant' | 'outcome'>;

/** What an edit did. Without an event it changed nothing, and nothing is signed. */
export interface Edited<T> {
  result: T;
  event?: ChangeEvent;
}

const LOCK = { name: 'change_lock', text: 'select value from change_sequence where id = 1 for update' };
const ADVANCE = { name: 'change_advance', text: 'update change_sequence set value = $1 where id = 1' };
const STORE = {
  name: 'snapshot_sign',
  text: `insert into signed_snapshot (tenant, version, sequence, key_id, jws) values ($1, $2, $3, $4, $5)
         on conflict (tenant) do update
         set version = excluded.version, sequence = excluded.sequence, key_id = excluded.key_id, jws = excluded.jws`,
};

/**
 * The one way in which anything here changes. Edit, snapshot, signature, number and event commit together, so a crash
 * leaves either all of it or none. Changes of all tenants take turns on one row: their numbers have no gap, and a reader
 * who holds number n has seen every change up to n.
 */
export class Changes {
  constructor(
    private readonly base: Pick<ServiceBase, 'database' | 'leaf' | 'wake'>,
    private readonly signer: SnapshotSigner,
    private readonly feed: SnapshotFeed,
  ) {}

  async make<T>(tenant: string, edit: (tx: Transaction) => Promise<Edited<T>>): Promise<T> {
    const { result, event } = await this.base.database.inTenant(tenant, async (tx) => {
      const { rows } = await tx.query<{ value: bigint }>(LOCK);
      const edited = await edit(tx);
      if (edited.event) await this.seal(tx, tenant, rows[0]!.value + 1n, edited.event);
      return edited;
    });
    if (event) {
      this.base.wake();
      this.feed.wake();
    }
    return result;
  }

  private async seal(tx: Transaction, tenant: string, sequence: bigint, event: ChangeEvent): Promise<void> {
    const snapshot = await nextSnapshot(tx, tenant);
    const { keyId, jws } = await this.signer.sign(snapshot);
    await tx.query(ADVANCE, [sequence]);
    await tx.query(STORE, [tenant, snapshot.version, sequence, keyId, jws]);
    await appendEvent(tx, this.base.leaf({ ...event, tenant, outcome: 'success', policy: snapshot.policyVersion }));
  }
}
