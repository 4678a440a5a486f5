import { setTimeout as sleep } from 'node:timers/promises';
import { SERVICES } from '@countersign/contracts';
import type { AdminDatabase } from './admin-database.js';

const LIMIT_MS = 60_000;

/** Every outbox as one table. */
const OUTBOXES = SERVICES.map(
  (name) => `select event_id, tenant, type, leaf, sent_at, created_at from ${name}.outbox`,
).join(' union all ');
/** Audit writes these by the clock, and may have done so a moment ago. */
const JUST_CONFIRMED = `o.type = 'manifest.confirmed' and o.created_at > now() - interval '10 seconds'`;
const UNSENT = `select count(*) as n from (${OUTBOXES}) o where sent_at is null`;
const UNREAD = `select count(*) as n from bus.topic t
  left join audit.consumer_position p on p.topic = t.name where t.next_offset > coalesce(p.next_offset, 0)`;

/** Waits until every event has left its outbox and audit has read every topic to its end. */
export async function untilRecorded(database: AdminDatabase): Promise<void> {
  for (const end = Date.now() + LIMIT_MS; ; await sleep(100)) {
    const behind = (await database.count(UNSENT)) + (await database.count(UNREAD));
    if (behind === 0) return;
    if (Date.now() > end) throw new Error(`${behind} outbox rows or topics did not arrive within ${LIMIT_MS / 1000} s`);
  }
}

/** What may never be found, each as a statement that counts it. */
const FAULTS = {
  sessionsWithoutEvent: pairs('session.session s', 's.id::text', 'session.established', 'session', 'missing'),
  eventsWithoutSession: pairs('session.session s', 's.id::text', 'session.established', 'session', 'stray'),
  sessionsWithTwoEvents: pairs('session.session s', 's.id::text', 'session.established', 'session', 'doubled'),
  credentialsWithoutEvent: pairs(
    'enrollment.credential s',
    's.id::text',
    'credential.enrolled',
    'credential',
    'missing',
  ),
  eventsWithoutCredential: pairs('enrollment.credential s', 's.id::text', 'credential.enrolled', 'credential', 'stray'),
  credentialsWithTwoEvents: pairs(
    'enrollment.credential s',
    's.id::text',
    'credential.enrolled',
    'credential',
    'doubled',
  ),
  eventsNotInTheLog: `select count(*) as n from (${OUTBOXES}) o
    where not (${JUST_CONFIRMED}) and not exists (select from audit.leaf l where l.event_id = o.event_id and l.tenant = o.tenant and l.leaf = o.leaf)`,
  leavesNobodyWrote: `select count(*) as n from audit.leaf l
    where not exists (select from (${OUTBOXES}) o where o.event_id = l.event_id and o.leaf = l.leaf)`,
  eventsTwiceInTheLog: `select count(*) as n from (select from audit.leaf group by event_id having count(*) > 1) d`,
  logsWithGaps: `select count(*) as n from (
    select from audit.log_head h join audit.leaf l on l.tenant = h.tenant and l.log = h.log
     group by h.tenant, h.log, h.next_index
    having min(l.index) <> 0 or max(l.index) <> count(*) - 1 or count(distinct l.index) <> count(*)
        or h.next_index <> count(*)) g`,
  quarantined: 'select count(*) as n from audit.quarantine',
} as const;

export type Faults = Record<keyof typeof FAULTS, number>;

export const NO_FAULTS = Object.fromEntries(Object.keys(FAULTS).map((name) => [name, 0])) as Faults;

/** Counts whatever does not fit together between rows, outboxes and the logs. */
export async function faultsOf(database: AdminDatabase): Promise<Faults> {
  const counted: [string, number][] = [];
  for (const [name, statement] of Object.entries(FAULTS)) counted.push([name, await database.count(statement)]);
  return Object.fromEntries(counted) as Faults;
}

export interface Figures {
  sessions: number;
  credentials: number;
  /** Rows of all outboxes, without audit's own by the clock. */
  events: number;
  leaves: number;
}

export const figuresOf = async (database: AdminDatabase): Promise<Figures> => ({
  sessions: await database.count('select count(*) as n from session.session'),
  credentials: await database.count('select count(*) as n from enrollment.credential'),
  events: await database.count(`select count(*) as n from (${OUTBOXES}) o where type <> 'manifest.confirmed'`),
  leaves: await database.count(`select count(*) as n from audit.leaf where type <> 'manifest.confirmed'`),
});

/** Compares rows with the events that tell of them, by the id that the member of the event names. */
function pairs(rows: string, id: string, type: string, member: string, what: 'missing' | 'stray' | 'doubled'): string {
  const events = `select convert_from(leaf, 'UTF8')::jsonb ->> '${member}' as id from ${rows.split('.')[0]}.outbox where type = '${type}'`;
  if (what === 'missing') {
    return `select count(*) as n from ${rows} where not exists (select from (${events}) e where e.id = ${id})`;
  }
  if (what === 'stray') {
    return `select count(*) as n from (${events}) e where not exists (select from ${rows} where ${id} = e.id)`;
  }
  return `select count(*) as n from (select from (${events}) e group by e.id having count(*) > 1) d`;
}
