import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '@countersign/database';
import {
  BEGINNING,
  BusHalted,
  PositionMoved,
  type DeliveredMessage,
  type StoredPosition,
  type SubscribeOptions,
  type Subscription,
} from '@countersign/event-bus';
import { delivered, PAST_THE_END, READ, type Row } from './statements.js';

const BACKOFF_MS = [50, 100, 250, 500, 1_000, 2_000, 5_000];

/** Least time between two fetches of a topic: notifications that come together are answered by one batch. */
const GATHER_MS = 100;

/** One subscription: fetch, hand over, and again; every failure leads back to the position the consumer stored. */
export class Reader implements Subscription {
  #stopping = false;
  #stalled: string | undefined;
  #failures = 0;
  #interrupt: () => void = () => undefined;
  /** A notification that came while a batch was in hand. */
  #woken = false;
  /** While it is halted, notifications change nothing. */
  #deaf = false;
  #fetchedAt = -Infinity;
  /** What was stored last as far as this reader knows, and whether this log begins for it. */
  #stored: StoredPosition = BEGINNING;
  #beginning = false;
  readonly #done: Promise<void>;

  constructor(
    readonly database: Database,
    readonly options: SubscribeOptions,
    readonly pollMs: number,
    readonly lookMs: number,
  ) {
    this.#done = this.#run();
  }

  stalled = (): string | undefined => this.#stalled;

  wake = (): void => {
    this.#woken = true;
    if (!this.#deaf) this.#interrupt();
  };

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#interrupt();
    await this.#done;
  }

  async #run(): Promise<void> {
    let position: bigint | undefined;
    while (!this.#stopping) {
      try {
        position = await this.#step(position ?? (await this.#read()));
        this.#failures = 0;
        this.#stalled = undefined;
      } catch (error) {
        position = undefined;
        if (!(await this.#goOn(error))) return;
      }
    }
  }

  /** There is one log: a position that names another was counted on another bus. */
  async #read(): Promise<bigint> {
    this.#stored = await this.options.position(0);
    const { next, log, anew } = this.#stored;
    this.#beginning = anew === true && this.options.begin !== undefined;
    if (this.#beginning) return 0n;
    if (log !== '') throw new BusHalted('bus_log_replaced', `the position was counted on another bus`);
    return next;
  }

  /** Where nothing was stored, or it no longer counts, the first message there is decides where the log begins. */
  async #begin(from: bigint, first: bigint): Promise<bigint> {
    if (this.#beginning) {
      await this.options.begin?.(0, { next: first, log: '' });
      this.#beginning = false;
      return first;
    }
    if (first !== from) throw new BusHalted('bus_events_gone', `events ${from} to ${first - 1n} are no longer there`);
    return from;
  }

  /** @returns the position after the batch, or the same when there was nothing */
  async #step(from: bigint): Promise<bigint> {
    const messages = await this.#fetch(from);
    if (messages.length === 0) {
      await this.#pause(this.pollMs);
      return from;
    }
    const next = messages.at(-1)!.offset + 1n;
    const begun = await this.#begin(from, messages[0]!.offset);
    await this.options.handle({ topic: this.options.topic, partition: 0, log: '', from: begun, next, messages });
    this.#stored = { next, log: '', last: messages.at(-1)!.eventId };
    return next;
  }

  async #fetch(from: bigint): Promise<DeliveredMessage[]> {
    const early = this.#fetchedAt + GATHER_MS - performance.now();
    if (early > 0 && !this.#stopping) await sleep(early);
    this.#woken = false;
    this.#fetchedAt = performance.now();
    const { topic, batchSize = 500 } = this.options;
    const { rows } = await this.database
      .query<Row>(READ, [topic, from, batchSize])
      .catch((error: { code?: string }) => {
        throw error.code === PAST_THE_END
          ? new BusHalted('bus_position_past_end', `position ${from} is past the end of the topic`)
          : error;
      });
    return rows.map(delivered);
  }

  /** Whether the subscription goes on after a failure. */
  async #goOn(error: unknown): Promise<boolean> {
    this.options.onError?.(error);
    if (error instanceof PositionMoved) return true;
    this.#stalled = (error as Error).message;
    if (error instanceof BusHalted) return this.#halted(error);
    await this.#pause(BACKOFF_MS[Math.min(this.#failures++, BACKOFF_MS.length - 1)]!);
    return true;
  }

  /** Waits until what is stored has changed: somebody has looked at it. @returns false when it is to stop first */
  async #halted({ code }: BusHalted): Promise<boolean> {
    const { next, log, anew } = this.#stored;
    this.#deaf = true;
    this.options.onHalt?.(0, code);
    for (let same = true; same && !this.#stopping;) {
      try {
        await this.options.halt?.(0, code);
        const now = await this.options.position(0);
        same = now.next === next && now.log === log && now.anew === anew;
      } catch (error) {
        this.options.onError?.(error);
      }
      if (same) await this.#pause(this.lookMs);
    }
    this.#deaf = false;
    this.options.onHalt?.(0);
    return !this.#stopping;
  }

  async #pause(ms: number): Promise<void> {
    if (this.#stopping || (this.#woken && !this.#deaf)) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#interrupt = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
