import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '@countersign/database';
import {
  BusHalted,
  PositionMoved,
  type DeliveredMessage,
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
  #fetchedAt = -Infinity;
  readonly #done: Promise<void>;

  constructor(
    readonly database: Database,
    readonly options: SubscribeOptions,
    readonly pollMs: number,
  ) {
    this.#done = this.#run();
  }

  stalled = (): string | undefined => this.#stalled;

  wake = (): void => {
    this.#woken = true;
    this.#interrupt();
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
        position = await this.#step(position ?? (await this.#stored()));
        this.#failures = 0;
        this.#stalled = undefined;
      } catch (error) {
        position = undefined;
        if (!(await this.#goOn(error))) return;
      }
    }
  }

  /** There is one log: a position that names another was counted on another bus. */
  async #stored(): Promise<bigint> {
    const { next, log } = await this.options.position(0);
    if (log !== '') throw new BusHalted('bus_log_replaced', `the position was counted on another bus`);
    return next;
  }

  /** @returns the position after the batch, or the same when there was nothing */
  async #step(from: bigint): Promise<bigint> {
    const messages = await this.#fetch(from);
    if (messages.length === 0) {
      await this.#pause(this.pollMs);
      return from;
    }
    const next = messages.at(-1)!.offset + 1n;
    if (messages[0]!.offset !== from)
      throw new BusHalted('bus_events_gone', `events ${from} to ${messages[0]!.offset - 1n} are no longer there`);
    await this.options.handle({ topic: this.options.topic, partition: 0, log: '', from, next, messages });
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
    if (error instanceof BusHalted) return false;
    await this.#pause(BACKOFF_MS[Math.min(this.#failures++, BACKOFF_MS.length - 1)]!);
    return true;
  }

  async #pause(ms: number): Promise<void> {
    if (this.#stopping || this.#woken) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#interrupt = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
