import type { Database } from '@countersign/database';

const CLAIM = { name: 'android_status_claim', text: 'select android_status_claim($1) as claimed' };
const CHECKED = { name: 'android_status_checked', text: 'select android_status_checked($1, $2)' };
const STORE = { name: 'android_status_store', text: 'select android_status_store($1, $2) as stored' };
const STATE = {
  name: 'android_status_state',
  text: `select no, checked_at as "checkedAt", case when no > $1 then document end as document from android_status`,
};

/** What is held, and when the source was last read without a fault. */
export interface AndroidStatusState {
  /** 0 before the first list. */
  no: bigint;
  checkedAt: Date | null;
  /** JSON as it was fetched, when it is newer than what was asked for. */
  document: string | null;
}

/** The list of revoked Android attestation keys of the whole installation, and whose turn it is to renew it. */
export class AndroidStatusStore {
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
  async state(newerThan: number): Promise<AndroidStatusState> {
    return (await this.database.query<AndroidStatusState>(STATE, [newerThan])).rows[0]!;
  }

  /** False when this very list is held already. */
  async store(digest: string, document: string): Promise<boolean> {
    return (await this.database.query<{ stored: boolean }>(STORE, [digest, document])).rows[0]!.stored;
  }
}
