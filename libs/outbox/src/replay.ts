import type { Database } from '@countersign/database';

/** Rows in one transaction. */
const PAGE = 2_000;

/** Far fewer rows than the table holds; whatever the statistics say, they are found by key. */
const BY_KEY = {
  name: 'outbox_replay_by_key',
  text: `select set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true),
                set_config('enable_mergejoin', 'off', true)`,
};
/** What the relay sends while a replay goes on is not taken again. Text keeps the microseconds. */
const BEGUN = { name: 'outbox_replay_begun', text: 'select clock_timestamp()::text as begun' };
/** An id is made before its row: an hour more is looked through than asked for. */
const FIRST = `case when $2::timestamptz < '1971-01-01' then '00000000-0000-0000-0000-000000000000'
  else lpad(to_hex((extract(epoch from $2::timestamptz - interval '1 hour') * 1000)::bigint), 12, '0') || repeat('0', 20) end::uuid`;
const PAGE_OF = `select event_id, created_at >= $2 and sent_at < $3::timestamptz as chosen from outbox
  where event_id > coalesce($1::uuid, ${FIRST})
  order by event_id limit $4`;
const LAST = `(select event_id from page order by event_id desc limit 1) as last, (select count(*) from page)::int as seen`;
const COUNT = {
  name: 'outbox_replay_count',
  text: `with page as (${PAGE_OF}) select (select count(*) from page where chosen)::int as events, ${LAST}`,
};
const REPLAY = {
  name: 'outbox_replay',
  text: `with page as (${PAGE_OF}), taken as (
           update outbox o set sent_at = null from page p
            where o.event_id = p.event_id and p.chosen and o.sent_at < $3::timestamptz returning 1)
         select (select count(*) from taken)::int as events, ${LAST}`,
};

/**
 * How many events a replay would send again.
 *
 * @param relay as the relay role of the source
 * @param since only those written at this time or later
 */
export const countReplay = (relay: Database, since: Date): Promise<number> =>
  walk(relay, COUNT, since, () => undefined);

/**
 * Lets the relay of a source send again what it sent, oldest first and before what it has not sent yet. Can be repeated, also
 * after it was broken off: readers count an event id once.
 *
 * @param relay as the relay role of the source
 * @param since only those written at this time or later
 * @param told how many so far, after each page
 * @returns how many
 */
export const replay = (relay: Database, since: Date, told: (events: number) => void): Promise<number> =>
  walk(relay, REPLAY, since, told);

async function walk(
  relay: Database,
  statement: typeof COUNT,
  since: Date,
  told: (events: number) => void,
): Promise<number> {
  const { begun } = (await relay.query<{ begun: string }>(BEGUN)).rows[0]!;
  let [events, after]: [number, string | null] = [0, null];
  for (let seen = PAGE; seen === PAGE;) {
    const page = await relay.transaction(async (tx) => {
      await tx.query(BY_KEY);
      const values = [after, since, begun, PAGE];
      return (await tx.query<{ events: number; last: string | null; seen: number }>(statement, values)).rows[0]!;
    });
    [seen, after, events] = [page.seen, page.last, events + page.events];
    told(events);
  }
  return events;
}
