import type { Queryable } from '@countersign/database';
import { PositionMoved, type MessageBatch } from './port.js';

const READ = {
  name: 'consumer_position_read',
  text: 'select next_offset from consumer_position where consumer = $1 and topic = $2',
};
/** The first advance inserts; from a position other than 0 a missing row means that it was lost, and nothing is written. */
const ADVANCE = {
  name: 'consumer_position_advance',
  text: `insert into consumer_position as held (consumer, topic, next_offset)
         select $1, $2, $4
          where $3::bigint = 0 or exists (select from consumer_position where consumer = $1 and topic = $2)
         on conflict (consumer, topic) do update set next_offset = excluded.next_offset where held.next_offset = $3`,
};

/** A consumer's place in a topic, kept in the consumer's own schema (`sql/consumer-position.sql`). */
export class ConsumerPosition {
  constructor(
    readonly consumer: string,
    readonly topic: string,
  ) {}

  /** 0 for a consumer that never stored one. */
  async read(database: Queryable): Promise<bigint> {
    const { rows } = await database.query<{ next_offset: bigint }>(READ, [this.consumer, this.topic]);
    return rows[0]?.next_offset ?? 0n;
  }

  /**
   * Moves past a batch, in the transaction of its effects: one conditional write fences a zombie.
   *
   * @throws PositionMoved when another instance moved first; the transaction must roll back
   */
  async advance(tx: Queryable, { from, next }: Pick<MessageBatch, 'from' | 'next'>): Promise<void> {
    const { rowCount } = await tx.query(ADVANCE, [this.consumer, this.topic, from, next]);
    if (rowCount !== 1) throw new PositionMoved(`${this.consumer} is no longer at ${from} of ${this.topic}`);
  }
}
