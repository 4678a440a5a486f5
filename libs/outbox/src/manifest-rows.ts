import type { Database } from '@countersign/database';
import type { DueManifest } from './manifest.js';
import { SOON } from './rows.js';

const WORK = {
  name: 'outbox_manifest_work',
  text: `select * from outbox_manifest_work($1 * interval '1 millisecond', interval '20 seconds', $2)`,
};
const SETTLE = { name: 'outbox_manifest_settle', text: 'select * from outbox_manifest_settle($1, $2, $3, $4)' };
const IDS = {
  name: 'outbox_manifest_ids',
  text: `select event_id as id from outbox where event_id > $1 and event_id < outbox_first_id($2) order by event_id limit $3`,
};
const RESEND = { name: 'outbox_manifest_resend', text: 'select outbox_manifest_resend($1, $2, $3) as count' };
const REOPEN = { name: 'outbox_manifest_reopen', text: 'select outbox_manifest_reopen($1)' };
const RETIRE = { name: 'outbox_retire', text: 'select day::text, state from outbox_retire($1)' };

interface DueRow {
  from_at: Date;
  until_at: Date;
  events: number;
  digest: Buffer;
  resent: number;
  differs_ms: number;
  later_sent: boolean;
}

/** What became of one question. */
export interface Answer {
  about: DueManifest;
  /** Undefined where audit did not say: that counts for nothing. */
  covered: boolean | undefined;
  /** When to ask again, ms. */
  askInMs: number;
}

/** How far the manifests of a service are. */
export interface ManifestState {
  /** An event with a lesser id comes late; `''` before the first minute is closed. */
  closedUntil: string;
  /** Since the end of the last closed minute, seconds. */
  behindSeconds: number;
  /** How long the oldest closed minute has waited for audit to hold the same, seconds; 0 when all are covered. */
  uncoveredSeconds: number;
}

/** A day older than a week: `dropped`, to be gone on with (`counting`), or kept because it is `unsent`, `uncovered` or `differs`. */
export interface RetiredDay {
  day: string;
  state: 'dropped' | 'counting' | 'unsent' | 'uncovered' | 'differs';
}

/** Closes minutes that ended longer than `graceMs` ago. @returns those that audit is to be asked about */
export async function closeMinutes(database: Database, graceMs: number, limit: number): Promise<DueManifest[]> {
  const { rows } = await database.query<DueRow>(WORK, [graceMs, limit]);
  return rows.map(({ from_at: from, until_at: until, events, digest, resent, differs_ms, later_sent }) => ({
    ...{ from, until, events, digest, resent },
    differsMs: differs_ms,
    laterSent: later_sent,
  }));
}

export async function settle(database: Database, answers: readonly Answer[]): Promise<ManifestState> {
  const { rows } = await database.query<{
    closed_until: string | null;
    behind_seconds: number | null;
    uncovered_seconds: number;
  }>(SETTLE, [
    answers.map(({ about }) => about.from),
    answers.map(({ about }) => about.digest),
    answers.map(({ covered }) => covered ?? null),
    answers.map(({ askInMs }) => Math.round(askInMs)),
  ]);
  const { closed_until, behind_seconds, uncovered_seconds } = rows[0]!;
  return {
    closedUntil: closed_until ?? '',
    behindSeconds: behind_seconds ?? 0,
    uncoveredSeconds: uncovered_seconds,
  };
}

/** Ids of a stretch in order, those after `after` only. */
export async function idsAfter(database: Database, after: string, until: Date, limit: number): Promise<string[]> {
  const { rows } = await database.query<{ id: string }>(IDS, [after, until, limit]);
  return rows.map(({ id }) => id);
}

/** Sends events of a stretch again. @returns how many */
export async function resend(database: Database, from: Date, ids: readonly string[], askInMs: number): Promise<number> {
  const { rows } = await database.query<{ count: number }>(RESEND, [from, ids, Math.round(askInMs)]);
  return rows[0]!.count;
}

export async function reopen(database: Database, ids: readonly string[]): Promise<void> {
  await database.query(REOPEN, [ids]);
}

/** Gives up soon when it has to wait for the table: every writer would wait behind it. */
export async function retireDays(database: Database, limit: number): Promise<RetiredDay[]> {
  return database.transaction(async (tx) => {
    await tx.query(SOON);
    return (await tx.query<RetiredDay>(RETIRE, [limit])).rows;
  });
}
