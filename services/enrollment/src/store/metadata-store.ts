import type { Database } from '@countersign/database';
import type { VerifiedBlob } from '@countersign/metadata';

const CLAIM = { name: 'metadata_claim', text: 'select metadata_claim($1) as claimed' };
const CHECKED = { name: 'metadata_checked', text: 'select metadata_checked($1, $2)' };
const STORE = { name: 'metadata_store', text: 'select metadata_store($1, $2, $3, $4) as stored' };
const STATE = {
  name: 'metadata_state',
  text: `select r.checked_at as "checkedAt", b.no, b.digest, case when b.no > $1 then b.document end as document
           from metadata_refresh r left join metadata_blob b on true`,
};

/** What is held, and how the last look at the source went. */
export interface MetadataState {
  /** Of the last look without a fault. */
  checkedAt: Date | null;
  /** Absent before the first BLOB. */
  no: bigint | null;
  digest: string | null;
  /** JSON of a `VerifiedBlob`, when it is newer than what was asked for. */
  document: string | null;
}

/** The metadata of the whole installation, and whose turn it is to renew it. */
export class MetadataStore {
  constructor(private readonly database: Database) {}

  /** True for the one who has to look at the source now. */
  async claim(seconds: number): Promise<boolean> {
    return (await this.database.query<{ claimed: boolean }>(CLAIM, [seconds])).rows[0]!.claimed;
  }

  /** @param failure empty when it went well */
  async checked(failure: string, dueSeconds: number): Promise<void> {
    await this.database.query(CHECKED, [failure, dueSeconds]);
  }

  /** @param newerThan the number that is known already */
  async state(newerThan: number): Promise<MetadataState> {
    return (await this.database.query<MetadataState>(STATE, [newerThan])).rows[0]!;
  }

  /** False when a newer one is held meanwhile. @param document the BLOB as JSON */
  async store({ no, nextUpdate, digest }: VerifiedBlob, document: string): Promise<boolean> {
    const { rows } = await this.database.query<{ stored: boolean }>(STORE, [no, nextUpdate, digest, document]);
    return rows[0]!.stored;
  }
}
