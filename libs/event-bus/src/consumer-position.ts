import type { Queryable } from '@countersign/database';
import { BEGINNING, PositionMoved, type MessageBatch, type StoredPosition } from './port.js';

const READ = {
  name: 'consumer_position_read',
  text: `select next_offset as next, log, last_event as last
           from consumer_position where consumer = $1 and topic = $2 and partition = $3`,
};
/** The first advance inserts; from a position other than 0 a missing row means that it was lost, and nothing is written. */
const ADVANCE = {
  name: 'consumer_position_advance',
  text: `insert into consumer_position as held (consumer, topic, partition, next_offset, log, last_event)
         select $1, $2, $3, $5, $6, $7
          where $4::bigint = 0
             or exists (select from consumer_position where consumer = $1 and topic = $2 and partition = $3)
         on conflict (consumer, topic, partition)
         do update set next_offset = excluded.next_offset, log = excluded.log, last_event = excluded.last_event
          where held.next_offset = $4`,
};

/** A consumer's place in a topic, kept in the consumer's own schema (`sql/consumer-position.sql`). */
export class ConsumerPosition {
  constructor(
    readonly consumer: string,
    readonly topic: string,
  ) {}

  /** The beginning for a consumer that never stored one. */
  async read(database: Queryable, partition: number): Promise<StoredPosition> {
    const { rows } = await database.query<StoredPosition>(READ, [this.consumer, this.topic, partition]);
    return rows[0] ?? BEGINNING;
  }

  /**
   * Moves past a batch, in the transaction of its effects: one conditional write fences a zombie.
   *
   * @throws PositionMoved when another instance moved first; the transaction must roll back
   */
  async advance(tx: Queryable, { partition, log, from, next, messages }: Omit<MessageBatch, 'topic'>): Promise<void> {
    const last = messages.at(-1)?.eventId ?? '';
    const { rowCount } = await tx.query(ADVANCE, [this.consumer, this.topic, partition, from, next, log, last]);
    if (rowCount !== 1) throw new PositionMoved(`${this.consumer} is no longer at ${from} of ${this.topic}`);
  }
}
