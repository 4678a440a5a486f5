import type { Queryable } from '@countersign/database';

/** A partition that a consumer does not read on. */
export interface HaltedPartition {
  topic: string;
  partition: number;
  code: string;
  /** The position that did not fit. */
  next: bigint;
  /** Somebody asked already that it starts anew; the consumer has not come to it yet. */
  asked: boolean;
}

const COLUMNS = `topic, partition, halted as code, next_offset as next,
  restart_at is not null and restarted_at is null as asked`;
const HALTED = {
  name: 'halted_partitions',
  text: `select ${COLUMNS} from consumer_position where halted is not null and topic = any ($1) order by topic, partition`,
};
const RESTART = {
  name: 'restart_partition',
  text: `update consumer_position set restart_by = $3, restart_at = clock_timestamp(), restarted_at = null
          where topic = $1 and partition = $2 and halted is not null and (restart_at is null or restarted_at is not null)`,
};

/** What the consumers of a schema do not read on, of these topics. */
export async function haltedPartitions(database: Queryable, topics: readonly string[]): Promise<HaltedPartition[]> {
  return (await database.query<HaltedPartition>(HALTED, [topics])).rows;
}

/**
 * Lets a halted partition start anew where its log begins now: the consumer looks every few seconds.
 *
 * @param by who asked; stays in the row
 * @returns false when it is no longer halted, or somebody asked before
 */
export async function restartPartition(
  tx: Queryable,
  { topic, partition }: Pick<HaltedPartition, 'topic' | 'partition'>,
  by: string,
): Promise<boolean> {
  return (await tx.query(RESTART, [topic, partition, by])).rowCount === 1;
}
