import type { Database } from '@countersign/database';
import type { Exclusively } from '@countersign/keys';

/** Ends with the transaction, also when the process is killed. */
const LOCK = { name: 'key_lock', text: 'select pg_advisory_xact_lock(hashtextextended($1, 0))' };

/**
 * One at a time among all processes on the database, for key stores that let two make the same version. Held for the
 * few calls a change of keys takes; whoever waits longer than the role's statement timeout is refused and tries again.
 */
export const exclusivelyIn =
  (database: Pick<Database, 'transaction'>): Exclusively =>
  (name, work) =>
    database.transaction(async (tx) => {
      await tx.query(LOCK, [`countersign key ${name}`]);
      return work();
    });
