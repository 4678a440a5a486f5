import type { Database, Queryable } from '@countersign/database';
import type { Clock } from '@countersign/kernel';
import { leastIdAt } from '../domain/recent.js';
import type { History as HistoryPort, Lesson, Question, Signals } from '../ports.js';

const SIGNALS = {
  name: 'signals',
  text: `select seen_here as "seenHere", seen_akin as "seenAkin", person_here as "personHere", failures, sign_ins as "signIns"
           from signals($1, $2, $3, $4, $5, $6, $7)`,
};
const LEARN = { name: 'learn', text: 'select learn($1, $2, $3, $4, $5, $6, $7, $8, $9)' };
const SWEEP = { name: 'history_sweep', text: 'select history_sweep()' };

const FAILURES_MS = 60 * 60_000;
const SIGN_INS_MS = 10 * 60_000;
/** Clocks of other services may be ahead by that much. */
const AHEAD_MS = 5 * 60_000;

/** What was learned from events, by pseudonym. */
export class History implements HistoryPort {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  async signals({ tenant, subject, credential, platform }: Question, akin: readonly string[]): Promise<Signals> {
    const now = this.clock.now().getTime();
    const { rows } = await this.database.query<Signals>(SIGNALS, [
      ...[tenant, subject, credential, platform, akin],
      leastIdAt(new Date(now - FAILURES_MS)),
      leastIdAt(new Date(now - SIGN_INS_MS)),
    ]);
    return rows[0]!;
  }

  /** In the transaction of the consumer's position: all lessons of a batch in one statement. */
  async learn(tx: Queryable, lessons: readonly Lesson[]): Promise<void> {
    if (lessons.length === 0) return;
    const now = this.clock.now().getTime();
    await tx.query(LEARN, [
      lessons.map(({ tenant }) => tenant),
      lessons.map(({ eventId }) => eventId),
      lessons.map(({ at }) => at),
      lessons.map(({ subject }) => subject),
      lessons.map(({ kind }) => kind ?? null),
      lessons.map(({ credential }) => credential ?? null),
      lessons.map(({ platform }) => platform ?? null),
      leastIdAt(new Date(now - FAILURES_MS)),
      leastIdAt(new Date(now + AHEAD_MS)),
    ]);
  }

  /** Forgets what no window reaches any more and devices not seen for 400 days; to be repeated. */
  async sweep(): Promise<void> {
    await this.database.query(SWEEP);
  }
}
