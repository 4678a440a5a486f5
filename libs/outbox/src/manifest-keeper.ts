import type { Database } from '@countersign/database';
import { isRefusal } from '@countersign/kernel';
import {
  closeMinutes,
  idsAfter,
  reopen,
  resend,
  retireDays,
  settle,
  type Answer,
  type ManifestState,
} from './manifest-rows.js';
import { firstIdOf, judge, type DueManifest, type Held, type ManifestLog } from './manifest.js';

/** How it is shown that audit has every event, and who is told when not. Times in milliseconds. */
export interface ManifestOptions {
  /** Audit, which this service's events are compared with. */
  log: ManifestLog;
  alarm: AlarmLog;
  /** Told after each look. */
  onState?(state: ManifestState): void;
  /** Events that audit does not have and that are sent again: an alarm. */
  onMissing?(count: number): void;
  /** How long after its end a minute is closed. Default 60,000. */
  graceMs?: number;
  /** Default 60,000; a quarter of it where there is more to do. */
  everyMs?: number;
  /** How long a difference is taken for a delay. Default 120,000. */
  patienceMs?: number;
}

export interface KeeperOptions extends ManifestOptions {
  service: string;
  database: Database;
  /** Whether this process leads the relays of the service now. */
  leads(): boolean;
}

/** The platform's logger fits. */
export interface AlarmLog {
  warn(event: string, fields: Record<string, unknown>): void;
  error(event: string, fields: Record<string, unknown>): void;
}

/** Minutes in one statement, and questions in one round. */
const LIMIT = 30;
/** Ids in one question. */
const PAGE = 5_000;
const POLL_MS = 1_000;
const RETIRE_MS = 3_600_000;
/** An event this old when it is sent may belong to a minute that is closed; by the clocks of several machines. */
const LATE_MS = 20_000;
const UNKNOWN_ASK_MS = 3_600_000;
/** Where clocks differ, a minute may not be over yet for audit. */
const REFUSED_ASK_MS = 60_000;

/**
 * Sees to it that audit has everything this service wrote: closes minutes, asks audit whether it holds the same, has sent
 * again what it does not have, and lets go of the days of the outbox that are a week old and covered. It works beside the
 * relay's sending and never holds it up; while audit is away rows stay, and nothing else happens.
 */
export class ManifestKeeper {
  readonly #done: Promise<void>;
  readonly #every: number;
  #stopping = false;
  #interrupt: () => void = () => undefined;
  #led = false;
  #away = false;
  #closeAt = 0;
  #retireAt = 0;
  #closedUntil = '';

  /** Starts at once. */
  constructor(readonly options: KeeperOptions) {
    this.#every = options.everyMs ?? 60_000;
    this.#done = this.#run();
  }

  /** Before events are marked as sent: a minute that was closed without them is counted again. */
  async arrive(ids: readonly string[]): Promise<void> {
    const before = firstIdOf(Date.now() - LATE_MS);
    const late = ids.filter((id) => id < before || id < this.#closedUntil);
    if (late.length > 0) await reopen(this.options.database, late);
  }

  /** Ends after the question in hand. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#interrupt();
    await this.#done;
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      const pause = await this.#turn().catch((error: unknown) => this.#failed(error));
      await this.#wait(Math.min(pause, POLL_MS, this.#every));
    }
  }

  /** @returns how long to wait, ms */
  async #turn(): Promise<number> {
    if (!this.options.leads()) {
      this.#led = false;
      return POLL_MS;
    }
    if (!this.#led) await this.#begin();
    if (performance.now() >= this.#retireAt) this.#retireAt = performance.now() + (await this.#retire());
    if (performance.now() >= this.#closeAt) this.#closeAt = performance.now() + (await this.#look());
    return Math.max(0, Math.min(this.#closeAt, this.#retireAt) - performance.now());
  }

  /** A new leader does not ask at once: a service that starts has other things to do. */
  async #begin(): Promise<void> {
    this.#tell(await settle(this.options.database, []));
    this.#closeAt = performance.now() + this.#every;
    this.#led = true;
  }

  /** @returns when to look again, ms */
  async #look(): Promise<number> {
    const { database, graceMs = 60_000 } = this.options;
    const due = await closeMinutes(database, graceMs, LIMIT);
    const answers = await this.#ask(due);
    const state = await settle(database, answers);
    this.#tell(state);
    const behind = state.behindSeconds * 1_000 > graceMs + 3 * this.#every;
    const open = answers.length < due.length || answers.some(({ covered }) => !covered);
    return behind || open || due.length === LIMIT ? this.#every / 4 : this.#every;
  }

  /** Stops at the first question that audit does not answer: it would not answer the others either. One it refuses is passed over. */
  async #ask(due: readonly DueManifest[]): Promise<Answer[]> {
    const answers: Answer[] = [];
    for (const about of due) {
      if (this.#stopping) break;
      const held = await this.#compare(about);
      if (held === 'away') break;
      if (held === 'refused') {
        answers.push({ about, covered: undefined, askInMs: REFUSED_ASK_MS });
        continue;
      }
      const verdict = judge(about, held, this.options.patienceMs ?? 120_000);
      if (verdict.is === 'covered') answers.push({ about, covered: true, askInMs: 0 });
      else if (verdict.is === 'late') answers.push({ about, covered: false, askInMs: verdict.askInMs });
      else answers.push({ about, covered: false, askInMs: await this.#search(about, held) });
    }
    return answers;
  }

  async #compare(about: DueManifest): Promise<Held | 'away' | 'refused'> {
    const { alarm, service } = this.options;
    try {
      const held = await this.options.log.compare(about);
      this.#away = false;
      return held;
    } catch (error) {
      if (isRefusal(error) && error.kind === 'invalid') {
        alarm.warn('outbox.manifest_refused', { service, error, reason: about.from.toISOString() });
        return 'refused';
      }
      if (!this.#away) alarm.warn('outbox.manifest_not_compared', { service, error });
      this.#away = true;
      return 'away';
    }
  }

  /** Has sent again what audit does not have. @returns when to ask again, ms */
  async #search(about: DueManifest, held: Held): Promise<number> {
    const { database, log, service, alarm, onMissing } = this.options;
    let [count, own] = [0, 0];
    for (let after = firstIdOf(about.from.getTime()), more = true; more;) {
      const ids = await idsAfter(database, after, about.until, PAGE);
      const missing = ids.length > 0 ? await log.missing(ids) : [];
      if (missing.length > 0) count += await resend(database, about.from, missing, this.#every / 4);
      own += ids.length;
      more = ids.length === PAGE;
      after = ids.at(-1) ?? after;
    }
    const minute = about.from.toISOString();
    if (count > 0) {
      onMissing?.(count);
      alarm.error('outbox.events_missing', {
        service,
        count,
        reason: `of the ${about.events} since ${minute}: sent again`,
      });
      return this.#every / 4;
    }
    // Something came unnoticed after it was counted, where clocks differ by much: there is another count to compare.
    if (own !== about.events) await reopen(database, [firstIdOf(about.from.getTime())]);
    const unknown = held.events - own;
    if (unknown <= 0) return this.#every / 4;
    alarm.error('outbox.events_unknown', {
      service,
      count: unknown,
      reason: `in the log since ${minute}, and not in the outbox`,
    });
    return UNKNOWN_ASK_MS;
  }

  /** @returns when to go on, ms */
  async #retire(): Promise<number> {
    const { database, service, alarm } = this.options;
    const days = await retireDays(database, LIMIT);
    const kept = days.filter(({ state }) => state !== 'dropped' && state !== 'counting');
    for (const { day, state } of kept) alarm.warn('outbox.day_kept', { service, reason: `${day}: ${state}` });
    return days.some(({ state }) => state === 'counting') ? 0 : RETIRE_MS;
  }

  #tell(state: ManifestState): void {
    this.#closedUntil = state.closedUntil;
    this.options.onState?.(state);
  }

  #failed(error: unknown): number {
    const { alarm, service } = this.options;
    this.#closeAt = performance.now() + this.#every / 4;
    this.#retireAt = Math.max(this.#retireAt, this.#closeAt);
    alarm.warn('outbox.manifest_failed', { service, error });
    return POLL_MS;
  }

  async #wait(ms: number): Promise<void> {
    if (this.#stopping) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#interrupt = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
