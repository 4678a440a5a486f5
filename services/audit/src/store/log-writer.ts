import type { Database, Transaction } from '@countersign/database';
import {
  sortPoison,
  sparing,
  type Apply,
  type ConsumerPosition,
  type DeliveredMessage,
  type MessageBatch,
  type Messages,
} from '@countersign/event-bus';
import { ownSpan } from '@countersign/platform';
import type { ReadEvent } from '../domain/read-event.js';
import { logOf, sortKnown, type Known } from '../domain/sort-known.js';
import { readEvent } from '../events/read-event.js';
import { setAside, type Outcast } from './set-aside.js';

const KNOWN = {
  name: 'known',
  text: `select event_id as "eventId", tenant, encode(digest, 'hex') as digest from known($1)`,
};
const APPEND = { name: 'append_batch', text: 'select append_batch($1, $2, $3, $4)' };

/** What became of messages: those in the log, new or known, and those that are not. */
export interface Judged {
  appended: number;
  accepted: DeliveredMessage[];
  outcasts: Outcast[];
}

/** Effects beyond the log, in the same transaction, of what is in it. */
export type Also = (tx: Transaction, batch: Messages) => Promise<void>;

const NOTHING: Also = () => Promise.resolve();

/**
 * Takes a batch of one topic into the logs: position, leaves and quarantine in one transaction, so that a crash or a
 * zombie leaves either all of it or nothing. An event is in the log once; what cannot be read is set aside, not lost.
 *
 * @returns how many leaves were new, and how many messages were quarantined
 */
export const takeBatch = (
  database: Database,
  position: ConsumerPosition,
  batch: MessageBatch,
  also: Also = NOTHING,
  now: Date = new Date(),
): Promise<{ appended: number; quarantined: number }> =>
  sparing((apply) =>
    database.transaction(async (tx) => {
      await position.advance(tx, batch);
      const { appended, outcasts } = await judge(tx, batch, apply, also, now);
      if (outcasts.length > 0) await ownSpan('audit quarantine', (trace) => setAside(tx, batch, outcasts, trace));
      return { appended, quarantined: outcasts.length };
    }),
  );

/** Reads messages of a topic and appends what is new. */
export async function judge(
  tx: Transaction,
  { topic, messages }: Messages,
  apply: Apply,
  also: Also,
  now: Date,
): Promise<Judged> {
  const { good, poison } = sortPoison(messages, (message) => readEvent(topic, message));
  const read = new Map(good.map(({ message, value }) => [message, value]));
  const eventOf = (message: DeliveredMessage): ReadEvent => read.get(message)!;
  const { rows: known } = await tx.query<Known>(KNOWN, [good.map(({ value }) => value.eventId)]);
  const { fresh, conflicting } = sortKnown([...read.values()], known);
  const [isFresh, isTaken] = [new Set(fresh), new Set(conflicting)];
  const candidates = [...read.keys()].filter((message) => !isTaken.has(eventOf(message)));
  let appended = 0;
  const refused = await apply(tx, candidates, async (some) => {
    const events = some.map(eventOf).filter((event) => isFresh.has(event));
    await appendAll(tx, events, logOf(now));
    await also(tx, { topic, messages: some });
    appended += events.length;
  });
  const notStored = new Map(refused.map(({ message, code }) => [message, code]));
  return {
    appended,
    accepted: candidates.filter((message) => !notStored.has(message)),
    outcasts: [
      ...poison,
      ...[...read.keys()]
        .filter((message) => isTaken.has(eventOf(message)))
        .map((message) => ({ message, reason: 'id_reused' })),
      ...[...notStored].map(([message, detail]) => ({ message, reason: 'not_storable', detail })),
    ],
  };
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
