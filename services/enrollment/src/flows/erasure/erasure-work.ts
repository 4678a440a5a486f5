import { uuidv7 } from '@countersign/kernel';
import { CONFIRMING, OVERDUE_AFTER } from '../../domain/erasure.js';
import type { Parts } from '../../parts.js';

const BATCH = 100;

/** Completes erasures that everybody has confirmed, and says so when one waits too long. */
export class ErasureWork {
  constructor(private readonly parts: Pick<Parts, 'database' | 'erasures' | 'journal' | 'metrics' | 'log'>) {}

  /** The event of a completion names the erasure and not the person: nothing is left that could. */
  async complete(): Promise<void> {
    const { database, erasures, journal } = this.parts;
    const completed = await database.transaction(async (tx) => {
      const done = await erasures.complete(tx, CONFIRMING, BATCH);
      for (const { id, tenant } of done) {
        const entry = { type: 'erasure.completed', outcome: 'success', tenant, request: uuidv7() } as const;
        await journal.append(tx, { ...entry, facts: { erasure: id } });
      }
      return done.length;
    });
    if (completed > 0) journal.committed();
  }

  /** The alarm: a metric, and a line in the log each time it is looked at. */
  async watch(): Promise<void> {
    const { database, erasures, metrics, log } = this.parts;
    const { erasures: count, missing } = await erasures.overdue(database, OVERDUE_AFTER, CONFIRMING);
    metrics.erasuresOverdue.set(count);
    if (count > 0) log.error('erasure.overdue', { count, reason: `waiting for ${missing.join(', ')}` });
    await erasures.sweep(database);
  }
}
