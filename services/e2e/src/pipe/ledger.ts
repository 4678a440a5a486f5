import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { SOURCES, type Written } from './writers.js';

const OUTBOXES = SOURCES.map((name) => `select event_id, tenant, leaf, created_at, sent_at from ${name}.outbox`).join(
  ' union all ',
);

/** What may never be found, each as a statement that counts it. */
const FAULTS = {
  lost: `select count(*) as n from (${OUTBOXES}) o
    where not exists (select from audit.leaf l where l.event_id = o.event_id and l.tenant = o.tenant and l.leaf = o.leaf)`,
  doubled: `select count(*) as n from (select from audit.leaf group by event_id having count(*) > 1) d`,
  invented: `select count(*) as n from audit.leaf l where not exists (select from (${OUTBOXES}) o where o.event_id = l.event_id)`,
  logsWithGaps: `select count(*) as n from (
    select from audit.log_head h join audit.leaf l on l.tenant = h.tenant and l.log = h.log
     group by h.tenant, h.log, h.next_index
    having min(l.index) <> 0 or max(l.index) <> count(*) - 1 or count(distinct l.index) <> count(*)
        or h.next_index <> count(*)) g`,
  quarantined: 'select count(*) as n from audit.quarantine',
} as const;

export type PipeFaults = Record<keyof typeof FAULTS | 'unknown' | 'outOfOrder', number>;

export const SOUND = {
  ...(Object.fromEntries(Object.keys(FAULTS).map((name) => [name, 0])) as Record<keyof typeof FAULTS, number>),
  unknown: 0,
  outOfOrder: 0,
} satisfies PipeFaults;

/** The outboxes and the log, seen by their administrator. */
export class Ledger {
  private readonly pool: pg.Pool;

  constructor(adminUrl: string) {
    this.pool = new pg.Pool({ connectionString: adminUrl, max: 2 });
  }

  /** Compares outboxes and logs with each other, and with what writers were told. */
  async faults({ committed, inOrder }: Written): Promise<PipeFaults> {
    const counted: [string, number][] = [];
    for (const [name, statement] of Object.entries(FAULTS)) counted.push([name, await this.number(statement)]);
    const there = await this.number(`select count(*) as n from audit.leaf where event_id = any ($1)`, [committed]);
    const faults = { ...Object.fromEntries(counted), unknown: committed.length - there };
    return { ...faults, outOfOrder: await this.outOfOrder([...inOrder.values()]) } as PipeFaults;
  }

  /** Tenants whose events, written one after another, are in the log in another order. */
  private async outOfOrder(written: readonly string[][]): Promise<number> {
    let differing = 0;
    for (const ids of written) {
      const statement = 'select event_id from audit.leaf where event_id = any ($1) order by log, index';
      const { rows } = await this.pool.query<{ event_id: string }>(statement, [ids]);
      if (rows.map(({ event_id }) => event_id).join() !== ids.join()) differing++;
    }
    return differing;
  }

  events = (): Promise<number> => this.number(`select count(*) as n from (${OUTBOXES}) o`);
  leaves = (): Promise<number> => this.number('select count(*) as n from audit.leaf');
  unsent = (): Promise<number> => this.number(`select count(*) as n from (${OUTBOXES}) o where sent_at is null`);

  /** Waits until everything that is committed now is in the log. @returns how long that took, milliseconds */
  async caughtUp(limitMs = 60_000): Promise<number> {
    const [{ at }] = (await this.pool.query<{ at: string }>('select clock_timestamp()::text as at')).rows as [
      { at: string },
    ];
    const waiting = `select count(*) as n from (${OUTBOXES}) o where created_at <= $1
      and not exists (select from audit.leaf l where l.event_id = o.event_id)`;
    const begun = performance.now();
    for (;;) {
      const left = await this.number(waiting, [at]);
      const ms = performance.now() - begun;
      if (left === 0) return ms;
      if (ms > limitMs) throw new Error(`${left} events are not in the log after ${Math.round(ms)} ms`);
      await sleep(100);
    }
  }

  /** The longest way of an event from its row in the outbox to its leaf, of those written since `from`; milliseconds. */
  longest = (from: Date): Promise<number> =>
    this.number(
      `select coalesce(round(max(extract(epoch from l.ingested_at - o.created_at) * 1000)), 0) as n
         from (${OUTBOXES}) o join audit.leaf l using (event_id) where o.created_at >= $1`,
      [from],
    );

  close(): Promise<void> {
    return this.pool.end();
  }

  private async number(text: string, values: unknown[] = []): Promise<number> {
    return Number((await this.pool.query<{ n: string }>(text, values)).rows[0]!.n);
  }
}
