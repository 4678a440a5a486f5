import type { Queryable } from '@countersign/database';
import type { DeliveredMessage, MessageBatch } from '@countersign/event-bus';

/** A message that does not go into the log. */
export interface Outcast {
  message: DeliveredMessage;
  /** A code; docs/protocols/leaf-v1.md names them. */
  reason: string;
  /** Which rule, or what the database said; nothing of the message. */
  detail?: string;
}

const SET_ASIDE = {
  name: 'quarantine',
  text: `insert into quarantine (topic, partition, log, traceparent, "offset", event_id, tenant, type, reason, detail,
                                 unreadable, written_at, leaf, sealed)
         select $1, $2, $3, $4, m.place, m.event_id, m.tenant, m.type, m.reason, m.detail, m.unreadable,
                to_timestamp(m.written / 1000.0), m.leaf, m.sealed
           from unnest($5::bigint[], $6::uuid[], $7::uuid[], $8::text[], $9::text[], $10::text[], $11::text[], $12::bigint[],
                       $13::bytea[], $14::bytea[])
                m (place, event_id, tenant, type, reason, detail, unreadable, written, leaf, sealed)
         on conflict do nothing`,
};

/**
 * Keeps messages as they are, with all it takes to judge them again. One that is here already, because the topic is read
 * once more, is not added.
 *
 * @param traceparent of the work that judged them
 */
export async function setAside(
  tx: Queryable,
  { topic, partition, log }: Pick<MessageBatch, 'topic' | 'partition' | 'log'>,
  outcasts: readonly Outcast[],
  traceparent = '',
): Promise<void> {
  const messages = outcasts.map(({ message }) => message);
  await tx.query(SET_ASIDE, [
    ...[topic, partition, log, traceparent],
    messages.map(({ offset }) => offset),
    messages.map(({ eventId }) => eventId),
    messages.map(({ tenant }) => tenant),
    messages.map(({ type }) => plain(type)),
    outcasts.map(({ reason }) => reason),
    outcasts.map(({ detail }) => detail ?? ''),
    messages.map(({ unreadable }) => unreadable ?? ''),
    messages.map(({ writtenAt }) => writtenAt ?? null),
    messages.map(({ leaf }) => Buffer.from(leaf)),
    messages.map(({ sealed }) => (sealed ? Buffer.from(sealed) : null)),
  ]);
}

const LONGEST_TYPE = 100;

/** Types are short and plain; what is not may hold what no text column takes. */
const plain = (type: string): string => type.slice(0, LONGEST_TYPE).replace(/[^ -~]/g, '?');
