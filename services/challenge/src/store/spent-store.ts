import type { Database } from '@countersign/database';
import type { Challenge } from '../domain/seal.js';
import type { SpentStore } from '../domain/spend-challenge.js';

const SPEND = { name: 'spend', text: 'select spend($1, $2, $3) as outcome' };
const MAINTAIN = { name: 'spent_maintain', text: 'select spent_maintain()' };

/** One round trip, one commit: the function sets the tenant, judges expiry and inserts. */
export class PgSpentStore implements SpentStore {
  constructor(private readonly database: Database) {}

  async spend(challenge: Challenge): Promise<'spent now' | 'spent before' | 'expired'> {
    const values = [challenge.tenant, Buffer.from(challenge.id, 'hex'), new Date(challenge.expiresAt)];
    const { rows } = await this.database.query<{ outcome: 'spent now' | 'spent before' | 'expired' }>(SPEND, values);
    return rows[0]!.outcome;
  }

  /** Makes coming partitions and drops expired ones; to be repeated well within three hours. */
  async maintain(): Promise<void> {
    await this.database.query(MAINTAIN);
  }
}
