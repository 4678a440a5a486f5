import type { Database } from '@countersign/database';
import { PROOF_SWEEP, SWEEP } from './statements.js';

/** The longest a policy lets a session live (30 days), and a week in which support can still look at it. */
const KEEP_DAYS = 37;
const BATCH = 1_000;

/** Clears away sessions and assertions that are long over, in small batches that hold no lock for long. */
export async function sweep(database: Database): Promise<void> {
  let swept: number;
  do {
    const { rows } = await database.query<{ swept: number }>(SWEEP, [KEEP_DAYS, BATCH]);
    swept = rows[0]!.swept;
  } while (swept === BATCH);
}

/** Empties what no proof can meet any more; one statement, at most one replica at a time. */
export async function sweepProofs(database: Database): Promise<void> {
  await database.query(PROOF_SWEEP);
}
