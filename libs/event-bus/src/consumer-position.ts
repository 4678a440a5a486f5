import type { Database, Queryable } from '@countersign/database';
import {
  BEGINNING,
  PositionMoved,
  type HaltCode,
  type LogBeginning,
  type MessageBatch,
  type StoredPosition,
  type SubscribeOptions,
} from './port.js';

const READ = {
  name: 'consumer_position_read',
  text: `select next_offset as next, log, last_event as last,
                restart_at is not null and restarted_at is null as anew
           from consumer_position where consumer = $1 and topic = $2 and partition = $3`,
};
/**
 * The first advance inserts; from a position other than 0 a missing row means that it was lost, and nothing is written. An
 * equal offset of another log is another place.
 */
const ADVANCE = {
  name: 'consumer_position_advance',
  text: `insert into consumer_position as held (consumer, topic, partition, next_offset, log, last_event)
         select $1, $2, $3, $5, $6, $7
          where $4::bigint = 0
             or exists (select from consumer_position where consumer = $1 and topic = $2 and partition = $3)
         on conflict (consumer, topic, partition)
         do update set next_offset = excluded.next_offset, log = excluded.log, last_event = excluded.last_event,
                       halted = null, halted_at = null
          where held.next_offset = $4 and (held.log in ('', excluded.log) or held.next_offset = 0)`,
};
const BEGIN = {
  name: 'consumer_position_begin',
  text: `insert into consumer_position as held (consumer, topic, partition, next_offset, log)
         values ($1, $2, $3, $4, $5)
         on conflict (consumer, topic, partition)
         do update set next_offset = excluded.next_offset, log = excluded.log, last_event = '',
                       halted = null, halted_at = null, restarted_at = clock_timestamp()
          where held.restart_at is not null and held.restarted_at is null`,
};
const HALT = {
  name: 'consumer_position_halt',
  text: `update consumer_position set halted = $4, halted_at = clock_timestamp()
          where consumer = $1 and topic = $2 and partition = $3 and halted is distinct from $4`,
};

/** A consumer's place in a topic, kept in the consumer's own schema (`sql/consumer-position.sql` and what follows it). */
export class ConsumerPosition {
  constructor(
    readonly consumer: string,
    readonly topic: string,
  ) {}

  /** What a subscription needs to know of the place it keeps. */
  following(database: Database): Pick<SubscribeOptions, 'topic' | 'consumer' | 'position' | 'begin' | 'halt'> {
    return {
      topic: this.topic,
      consumer: this.consumer,
      position: (partition) => this.read(database, partition),
      begin: (partition, at) => this.begin(database, partition, at),
      halt: (partition, code) => this.halt(database, partition, code),
    };
  }

  /** The beginning for a consumer that never stored one. */
  async read(database: Queryable, partition: number): Promise<StoredPosition> {
    const { rows } = await database.query<StoredPosition>(READ, [this.consumer, this.topic, partition]);
    if (!rows[0]) return BEGINNING;
    const { anew, ...position } = rows[0];
    return anew ? { ...position, anew } : position;
  }

  /**
   * Stores where the log begins, for a consumer that stored nothing yet and for one that was told to start anew.
   *
   * @throws PositionMoved when another instance did
   */
  async begin(database: Queryable, partition: number, { next, log }: LogBeginning): Promise<void> {
    const { rowCount } = await database.query(BEGIN, [this.consumer, this.topic, partition, next, log]);
    if (rowCount !== 1) throw new PositionMoved(`${this.consumer} began ${this.topic} elsewhere`);
  }

  async halt(database: Queryable, partition: number, code: HaltCode): Promise<void> {
    await database.query(HALT, [this.consumer, this.topic, partition, code]);
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
