import type { Database, Queryable } from '@countersign/database';
import type { History as HistoryPort, Lesson, Question, Signals } from '../ports.js';

const SIGNALS = {
  name: 'signals',
  text: `select seen_here as "seenHere", seen_akin as "seenAkin", person_here as "personHere", failures, sign_ins as "signIns"
           from signals($1, $2, $3, $4, $5)`,
};
const LEARN = { name: 'learn', text: 'select learn($1, $2, $3, $4, $5, $6, $7)' };
const MAINTAIN = { name: 'happening_maintain', text: 'select happening_maintain()' };
const SWEEP = { name: 'sighting_sweep', text: 'select sighting_sweep()' };

/** What was learned from events, by pseudonym. */
export class History implements HistoryPort {
  constructor(private readonly database: Database) {}

  async signals({ tenant, subject, credential, platform }: Question, akin: readonly string[]): Promise<Signals> {
    const { rows } = await this.database.query<Signals>(SIGNALS, [tenant, subject, credential, platform, akin]);
    return rows[0]!;
  }

  /** In the transaction of the consumer's position: all lessons of a batch in one statement. */
  async learn(tx: Queryable, lessons: readonly Lesson[]): Promise<void> {
    if (lessons.length === 0) return;
    await tx.query(LEARN, [
      lessons.map(({ tenant }) => tenant),
      lessons.map(({ eventId }) => eventId),
      lessons.map(({ at }) => at),
      lessons.map(({ subject }) => subject),
      lessons.map(({ kind }) => kind ?? null),
      lessons.map(({ credential }) => credential ?? null),
      lessons.map(({ platform }) => platform ?? null),
    ]);
  }

  /** Makes coming partitions, drops old ones, forgets devices not seen for 400 days; to be repeated within three hours. */
  async maintain(): Promise<void> {
    await this.database.query(MAINTAIN);
    await this.database.query(SWEEP);
  }
}
