import { randomUUID } from 'node:crypto';
import type { Database } from '@countersign/database';

const HOLD = {
  name: 'outbox_lease_hold',
  text: `update outbox_lease set holder = $1, until = clock_timestamp() + $2 * interval '1 millisecond'
          where holder = $1 or until < clock_timestamp()`,
};
const RELEASE = {
  name: 'outbox_lease_release',
  text: `update outbox_lease set holder = null, until = '-infinity' where holder = $1`,
};

/** Leadership among the relays of one service, by the clock of the database. */
export class Lease {
  readonly #holder = randomUUID();
  #renewAt = -Infinity;

  constructor(
    readonly database: Database,
    /** How long a leader that died keeps others waiting, milliseconds. */
    readonly lengthMs: number,
  ) {}

  /** Takes or keeps the lease; asks the database again once a third of it has passed. */
  async hold(): Promise<boolean> {
    const now = performance.now();
    if (now < this.#renewAt) return true;
    const { rowCount } = await this.database.query(HOLD, [this.#holder, this.lengthMs]);
    this.#renewAt = rowCount === 1 ? now + this.lengthMs / 3 : -Infinity;
    return rowCount === 1;
  }

  /** Whether it was held when the database was last asked, and has not run out since. */
  get held(): boolean {
    return performance.now() < this.#renewAt + (this.lengthMs * 2) / 3;
  }

  async release(): Promise<void> {
    this.#renewAt = -Infinity;
    await this.database.query(RELEASE, [this.#holder]);
  }
}
