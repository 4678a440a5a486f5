import { setTimeout as sleep } from 'node:timers/promises';
import { withClient } from '@countersign/database';
import { percentile } from '../load/load.js';
import { leafOf } from './leaves.js';
import type { Source } from './protocol.js';

const LIMIT_MS = 240_000;
const PAGE = 5_000;

/** Commits many events at once: nobody sees one of them before all are there. @returns the instant of the commit */
export function commitBurst(adminUrl: string, source: Source, count: number): Promise<Date> {
  return withClient(adminUrl, async (client) => {
    await client.query('begin');
    for (let from = 0; from < count; from += PAGE) {
      const leaves = Array.from({ length: Math.min(PAGE, count - from) }, (_, n) => leafOf(source, from + n));
      await client.query(
        `insert into ${source}.outbox (event_id, tenant, type, leaf)
           select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::bytea[])`,
        [
          leaves.map(({ eventId }) => eventId),
          leaves.map(({ tenant }) => tenant),
          leaves.map(({ type }) => type),
          leaves.map(({ leaf }) => Buffer.from(leaf)),
        ],
      );
    }
    await client.query('commit');
    return new Date();
  });
}

/** Waits until the log holds so many events of a source. @throws Error when they do not come */
export function untilLogged(adminUrl: string, source: Source, count: number): Promise<void> {
  return withClient(adminUrl, async (client) => {
    const text = 'select count(*)::int as n from audit.leaf where source = $1';
    for (const end = Date.now() + LIMIT_MS; ; await sleep(200)) {
      const { rows } = await client.query<{ n: number }>(text, [source]);
      if (rows[0]!.n >= count) return;
      if (Date.now() > end) throw new Error(`${rows[0]!.n} of ${count} events are in the log`);
    }
  });
}

/** When the newest leaf of a source was written. */
export function lastLeafAt(adminUrl: string, source: Source): Promise<Date> {
  return withClient(adminUrl, async (client) => {
    const text = 'select max(ingested_at) as at from audit.leaf where source = $1';
    return (await client.query<{ at: Date }>(text, [source])).rows[0]!.at;
  });
}

/** Of events written since then. Milliseconds from the row in the outbox to the row of the leaf. */
export function delaysSince(adminUrl: string, source: Source, since: Date): Promise<[number, number, number]> {
  return withClient(adminUrl, async (client) => {
    const { rows } = await client.query<{ ms: string }>(
      `select extract(epoch from l.ingested_at - o.created_at) * 1000 as ms
         from ${source}.outbox o join audit.leaf l using (event_id) where o.created_at >= $1 order by 1`,
      [since],
    );
    const sorted = rows.map(({ ms }) => Number(ms));
    return [percentile(sorted, 50), percentile(sorted, 95), percentile(sorted, 99)];
  });
}
