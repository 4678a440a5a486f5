import type { Database } from '@countersign/database';
import type { EventMessage } from '@countersign/event-bus';

/** Unsent rows, never "ids greater than the last": an id is given before its commit, so a cursor would pass over some. */
const UNSENT = {
  name: 'outbox_unsent',
  text: 'select event_id, tenant, type, leaf, sealed from outbox where sent_at is null order by id limit $1',
};
const MARK = {
  name: 'outbox_mark',
  text: 'update outbox set sent_at = clock_timestamp() where event_id = any($1::uuid[]) and sent_at is null',
};
const BACKLOG = {
  name: 'outbox_backlog',
  text: `select count(*)::int as unsent, coalesce(extract(epoch from clock_timestamp() - min(created_at)), 0)::float8 as age
           from (select created_at from outbox where sent_at is null order by id limit 100000) waiting`,
};
/** A statement for a transaction that must not make others wait behind it. */
export const SOON = { name: 'outbox_give_up_soon', text: `select set_config('lock_timeout', '500ms', true)` };
const MAINTAIN = { name: 'outbox_maintain', text: 'select outbox_maintain()' };

interface Row {
  event_id: string;
  tenant: string;
  type: string;
  leaf: Buffer;
  sealed: Buffer | null;
}

/** How much waits to be sent: events (at most 100,000 are counted) and the age of the oldest in seconds. */
export interface Backlog {
  unsent: number;
  oldestSeconds: number;
}

export async function unsent(database: Database, limit: number): Promise<EventMessage[]> {
  const { rows } = await database.query<Row>(UNSENT, [limit]);
  return rows.map(({ event_id: eventId, sealed, ...rest }) => ({ eventId, ...rest, ...(sealed && { sealed }) }));
}

export async function markSent(database: Database, messages: readonly EventMessage[]): Promise<void> {
  await database.query(MARK, [messages.map(({ eventId }) => eventId)]);
}

export async function readBacklog(database: Database): Promise<Backlog> {
  const { rows } = await database.query<{ unsent: number; age: number }>(BACKLOG);
  return { unsent: rows[0]!.unsent, oldestSeconds: rows[0]!.age };
}

/** Gives up soon when it has to wait for the table: every writer would wait behind it. */
export async function maintain(database: Database): Promise<void> {
  await database.transaction(async (tx) => {
    await tx.query(SOON);
    await tx.query(MAINTAIN);
  });
}
