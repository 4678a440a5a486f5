import type { Database } from '@countersign/database';

const CLAIM = { name: 'android_status_claim', text: 'select android_status_claim($1) as claimed' };
const CHECKED = { name: 'android_status_checked', text: 'select android_status_checked($1, $2, $3)' };
const STORE = { name: 'android_status_store', text: 'select android_status_store($1, $2, $3) as outcome' };
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

/** `known`: it is this very list that is held; `older`: it was changed before the one that is, which stays. */
export type StoreOutcome = 'stored' | 'known' | 'older';

/** The list of revoked Android attestation keys of the whole installation, and whose turn it is to renew it. */
export class AndroidStatusStore {
  constructor(private readonly database: Database) {}

  /** True for the one who has to look at the source now. */
  async claim(seconds: number): Promise<boolean> {
    return (await this.database.query<{ claimed: boolean }>(CLAIM, [seconds])).rows[0]!.claimed;
  }

  /**
   * @param failure empty when it went well
   * @param asOf when what was found is from, where it says so itself; otherwise it is from now
   */
  async checked(failure: string, dueSeconds: number, asOf?: Date): Promise<void> {
    await this.database.query(CHECKED, [failure, dueSeconds, asOf ?? null]);
  }

  /** @param newerThan the number that is known already */
  async state(newerThan: number): Promise<AndroidStatusState> {
    return (await this.database.query<AndroidStatusState>(STATE, [newerThan])).rows[0]!;
  }

  /** @param modifiedAt when the list was last changed, if its source says so */
  async store(digest: string, document: string, modifiedAt?: Date): Promise<StoreOutcome> {
    const { rows } = await this.database.query<{ outcome: StoreOutcome }>(STORE, [
      digest,
      document,
      modifiedAt ?? null,
    ]);
    return rows[0]!.outcome;
  }
}
