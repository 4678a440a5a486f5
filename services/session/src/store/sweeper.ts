import type { Database, Statement } from '@countersign/database';
import { OUTLIVED_BY } from '@countersign/keys';
import { ISSUER_KEY_SWEEP, PROOF_SWEEP, SWEEP } from './statements.js';

/** The longest a policy lets a session live (30 days), and a week in which support can still look at it. */
const KEEP_DAYS = 37;
const BATCH = 1_000;

/** Clears away sessions, assertions and issuer keys that are long over, in small batches that hold no lock for long. */
export async function sweep(database: Database): Promise<void> {
  await sweepAll(database, SWEEP, KEEP_DAYS);
  await sweepAll(database, ISSUER_KEY_SWEEP, OUTLIVED_BY);
}

async function sweepAll(database: Database, statement: Statement, keep: number): Promise<void> {
  let swept: number;
  do {
    const { rows } = await database.query<{ swept: number }>(statement, [keep, BATCH]);
    swept = rows[0]!.swept;
  } while (swept === BATCH);
}

/** Empties what no proof can meet any more; one statement, at most one replica at a time. */
export async function sweepProofs(database: Database): Promise<void> {
  await database.query(PROOF_SWEEP);
}
