import type { Database, Transaction } from '@countersign/database';
import { sortPoison, type ConsumerPosition, type DeliveredMessage, type MessageBatch } from '@countersign/event-bus';
import type { ReadEvent } from '../domain/read-event.js';
import { logOf, sortKnown, type Known } from '../domain/sort-known.js';
import { readEvent } from '../events/read-event.js';

const KNOWN = {
  name: 'known',
  text: `select event_id as "eventId", tenant, encode(digest, 'hex') as digest from known($1)`,
};
const APPEND = { name: 'append_batch', text: 'select append_batch($1, $2, $3, $4)' };
const QUARANTINE = {
  name: 'quarantine',
  text: `insert into quarantine (topic, partition, "offset", event_id, reason, leaf) values ($1, $2, $3, $4, $5, $6)`,
};

interface Outcast {
  message: DeliveredMessage;
  reason: string;
}

/**
 * Takes a batch of one topic into the logs: position, leaves and quarantine in one transaction, so that a crash or a
 * zombie leaves either all of it or nothing. An event is in the log once; what cannot be read is set aside, not lost.
 *
 * @param also further effects of the same transaction
 * @returns how many leaves were new, and how many messages were quarantined
 */
export async function takeBatch(
  database: Database,
  position: ConsumerPosition,
  batch: MessageBatch,
  also: (tx: Transaction) => Promise<void> = () => Promise.resolve(),
  now: Date = new Date(),
): Promise<{ appended: number; quarantined: number }> {
  const { good, poison } = sortPoison(batch.messages, (message) => readEvent(batch.topic, message));
  return database.transaction(async (tx) => {
    await position.advance(tx, batch);
    const events = good.map(({ value }) => value);
    const { rows: known } = await tx.query<Known>(KNOWN, [events.map(({ eventId }) => eventId)]);
    const { fresh, conflicting } = sortKnown(events, known);
    await appendAll(tx, fresh, logOf(now));
    const outcasts = [...poison, ...conflicting.map((event) => conflict(event, good))];
    for (const outcast of outcasts) await setAside(tx, batch, outcast);
    await also(tx);
    return { appended: fresh.length, quarantined: outcasts.length };
  });
}

/** All tenants of the batch in one statement. */
async function appendAll(tx: Transaction, events: readonly ReadEvent[], log: string): Promise<void> {
  if (events.length === 0) return;
  const columns = events.map(({ eventId, leaf: _leaf, sealed: _sealed, digest: _digest, ...rest }) => ({
    event_id: eventId,
    ...rest,
  }));
  const bytes = events.map(({ leaf }) => Buffer.from(leaf));
  const sealed = events.map((event) => (event.sealed ? Buffer.from(event.sealed) : null));
  await tx.query(APPEND, [log, JSON.stringify(columns), bytes, sealed]);
}

const conflict = (event: ReadEvent, good: readonly { message: DeliveredMessage; value: ReadEvent }[]): Outcast => ({
  message: good.find(({ value }) => value === event)!.message,
  reason: 'id_reused',
});

async function setAside(tx: Transaction, batch: MessageBatch, { message, reason }: Outcast): Promise<void> {
  const { topic, partition } = batch;
  await tx.query(QUARANTINE, [topic, partition, message.offset, message.eventId, reason, Buffer.from(message.leaf)]);
}
