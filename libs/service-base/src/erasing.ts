import { readLeaf, type ServiceName } from '@countersign/contracts';
import type { Database, Queryable } from '@countersign/database';
import { sortPoison, type Messages } from '@countersign/event-bus';
import { uuidv7 } from '@countersign/kernel';
import { appendEvent } from '@countersign/outbox';
import type { ServiceBase } from './service-base.js';

/** The only topic on which erasures are announced. */
export const ERASURE_SOURCE: ServiceName = 'enrollment';

/** At most so many people in one transaction. */
const BATCH = 200;

const HEAR = { name: 'erasing_hear', text: 'select erasing_hear($1, $2)' };
const TAKE = { name: 'erasing_take', text: 'select * from erasing_take($1)' };
const REMOVE = { name: 'erasing_remove', text: 'select erasing_remove($1, $2)' };
const SETTLE = { name: 'erasing_settle', text: 'select erasing_settle($1, $2)' };

interface Erased {
  tenant: string;
  /** Pseudonym. */
  subject: string;
}

/**
 * Removes what this service keeps of people who are erased (GDPR Art. 17), and confirms it by an event of the same
 * transaction. A crash between hearing and removing only delays it: the work stands in a table (`sql/erasing.sql`).
 */
export class Erasing {
  constructor(
    private readonly database: Database,
    private readonly events: Pick<ServiceBase, 'leaf' | 'wake'>,
  ) {}

  /** In the transaction of the consumer's position. What cannot be read is quarantined by audit, and looked at there. */
  async hear(tx: Queryable, { topic, messages }: Messages): Promise<void> {
    if (topic !== ERASURE_SOURCE) return;
    const told = messages.filter(({ type }) => type === 'subject.erased');
    const erased = sortPoison(told, ({ leaf }) => readLeaf(leaf)).good.map(({ value }) => value);
    if (erased.length > 0) await tx.query(HEAR, columnsOf(erased));
  }

  /** All that is due. */
  async work(): Promise<void> {
    for (let taken = BATCH; taken === BATCH;) taken = await this.database.transaction((tx) => this.batch(tx));
  }

  private async batch(tx: Queryable): Promise<number> {
    const { rows } = await tx.query<Erased & { confirmed: boolean }>(TAKE, [BATCH]);
    if (rows.length === 0) return 0;
    await tx.query(REMOVE, columnsOf(rows));
    await tx.query(SETTLE, columnsOf(rows));
    for (const { tenant, subject } of rows.filter(({ confirmed }) => !confirmed)) {
      const event = { type: 'erasure.confirmed', outcome: 'success', tenant, subject, request: uuidv7() } as const;
      await appendEvent(tx, this.events.leaf(event));
    }
    this.events.wake();
    return rows.length;
  }
}

const columnsOf = (erased: readonly Erased[]): string[][] => [
  erased.map(({ tenant }) => tenant),
  erased.map(({ subject }) => subject),
];
