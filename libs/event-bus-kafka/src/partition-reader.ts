import { setTimeout as sleep } from 'node:timers/promises';
import {
  BEGINNING,
  BusHalted,
  PositionMoved,
  type HaltCode,
  type StoredPosition,
  type SubscribeOptions,
} from '@countersign/event-bus';
import type { KafkaMessage } from 'kafkajs';
import type { Stand } from './overseer.js';
import { deliveredOf, eventIdOf } from './record.js';

const BACKOFF_MS = [50, 100, 250, 500, 1_000, 2_000, 5_000];
/** A batch that begins elsewhere than asked is fetched again so many times before it is asked why. */
const MOST_DETOURS = 3;

/** What a reader may do with the consumer it belongs to; all of it is forgotten when the partition is taken away. */
export interface PartitionControl {
  stand(): Promise<Stand | undefined>;
  /** Fetches from `offset` on, from now on. */
  fetchFrom(offset: bigint): void;
  /** Fetches nothing until `fetchFrom`. */
  pause(): void;
}

/**
 * Reads one partition for as long as it is assigned: nothing is delivered before the stored position was compared with the log
 * it counts in. Every failure leads back to the position the consumer stored.
 */
export class PartitionReader {
  #state: 'opening' | 'reading' | 'halted' | 'dropped' = 'opening';
  #expected = 0n;
  #log = '';
  /** Id the event before `#expected` must have; asked of the first batch. */
  #before = '';
  #stalled: string | undefined;
  #failures = 0;
  #detours = 0;
  /** Offsets without an event may be passed over: the log was asked, and they are in it. */
  #passing = false;
  /** Why it is halted, and at which stored position. */
  #halted: { code: HaltCode; at: StoredPosition } | undefined;
  #stored: StoredPosition = BEGINNING;
  #inHand: Promise<void> = Promise.resolve();

  constructor(
    readonly partition: number,
    readonly options: SubscribeOptions,
    readonly control: PartitionControl,
  ) {}

  get stalled(): string | undefined {
    return this.#stalled;
  }

  /** Ends when the batch in hand does. */
  async drop(): Promise<void> {
    this.#state = 'dropped';
    this.#goesOn();
    await this.#inHand;
  }

  /** Compares position and log, then reads; tries until it succeeds, halts or is dropped. */
  async open(): Promise<void> {
    while (this.#state === 'opening') {
      try {
        await this.#begin();
      } catch (error) {
        await this.#failed(error);
      }
    }
  }

  async #begin(): Promise<void> {
    this.#stored = await this.options.position(this.partition);
    const stand = await this.control.stand();
    if (this.#state !== 'opening') return;
    if (!stand) throw new Error(`partition ${this.partition} of ${this.options.topic} is not there`);
    const { next, last } = await this.#placeIn(stand);
    if ((this.#state as string) !== 'opening') return;
    this.#log = stand.log;
    this.#expected = next;
    this.#before = next > stand.low ? last : '';
    this.#goesOn();
    this.#state = 'reading';
    this.control.fetchFrom(this.#before ? next - 1n : next);
  }

  /** Where to read on; where nothing is stored, or no longer counts, that is where the log begins. @throws BusHalted, PositionMoved */
  async #placeIn(stand: Stand): Promise<Pick<StoredPosition, 'next' | 'last'>> {
    const { begin } = this.options;
    if (!this.#stored.anew || !begin) {
      this.#compare(this.#stored.next, this.#stored.log, stand);
      return this.#stored;
    }
    await begin(this.partition, { next: stand.low, log: stand.log });
    return { next: stand.low, last: '' };
  }

  #goesOn(): void {
    if (!this.#halted) return;
    this.#halted = undefined;
    this.#stalled = undefined;
    this.options.onHalt?.(this.partition);
  }

  /** @throws BusHalted */
  #compare(next: bigint, log: string, { log: present, low, high }: Stand): void {
    if (next > 0n && log !== present)
      throw new BusHalted(
        'bus_log_replaced',
        `the position was counted in ${log || 'another bus'}, this is ${present}`,
      );
    if (next > high) throw new BusHalted('bus_position_past_end', `position ${next} is past the end, ${high}`);
    if (next < low) throw new BusHalted('bus_events_gone', `events ${next} to ${low - 1n} are no longer there`);
  }

  /** Looks whether the log is still the one that is read; a topic in which nothing happens would not show it. */
  async watch(): Promise<void> {
    if (this.#state === 'halted') return this.#watchHalted();
    if (this.#state !== 'reading') return;
    const [next, log, stand] = [this.#expected, this.#log, await this.control.stand()];
    if (!stand || (this.#state as string) !== 'reading') return;
    try {
      this.#compare(next, log, { ...stand, low: 0n });
    } catch {
      // Judged by the stored position, and a second time: a leader that is new to it may lag for a moment.
      this.#reopen();
    }
  }

  /** Judged again as soon as what is stored is no longer what was judged: somebody has looked at it. */
  async #watchHalted(): Promise<void> {
    const { code, at } = this.#halted!;
    await this.options.halt?.(this.partition, code);
    const { next, log, anew = false } = await this.options.position(this.partition);
    const same = next === at.next && log === at.log && anew === (at.anew ?? false);
    if (same || this.#state !== 'halted') return;
    this.#state = 'opening';
    await this.open();
  }

  /**
   * Takes what was fetched, in order, and tells how far it came.
   * @param resolve called with the offset of each last event that was handled
   */
  take(messages: readonly KafkaMessage[], resolve: (offset: string) => void, goesOn: () => boolean): Promise<void> {
    this.#inHand = this.#take(messages, resolve, goesOn);
    return this.#inHand;
  }

  async #take(
    messages: readonly KafkaMessage[],
    resolve: (offset: string) => void,
    goesOn: () => boolean,
  ): Promise<void> {
    if (this.#state !== 'reading') return;
    try {
      const fresh = this.#fresh(messages, resolve);
      const { batchSize = 500, topic } = this.options;
      for (let at = 0; at < fresh.length; at += batchSize) {
        if ((this.#state as string) !== 'reading' || !goesOn()) return;
        const batch = fresh.slice(at, at + batchSize).map(deliveredOf);
        const [from, next] = [this.#expected, batch.at(-1)!.offset + 1n];
        await this.options.handle({ topic, partition: this.partition, log: this.#log, from, next, messages: batch });
        this.#expected = next;
        resolve(String(next - 1n));
        [this.#failures, this.#detours, this.#passing, this.#stalled] = [0, 0, false, undefined];
      }
    } catch (error) {
      this.control.pause();
      void this.#recover(error);
    }
  }

  /** What follows the position, once it is certain that this is the log in which it was counted. @throws BusHalted, Detour */
  #fresh(messages: readonly KafkaMessage[], resolve: (offset: string) => void): readonly KafkaMessage[] {
    const first = messages[0];
    if (!first) return messages;
    const offset = BigInt(first.offset);
    if (this.#before && offset === this.#expected - 1n) {
      if (eventIdOf(first) !== this.#before)
        throw new BusHalted('bus_log_differs', `event ${offset} is not the one that was read there`);
      this.#before = '';
      resolve(first.offset);
      return this.#fresh(messages.slice(1), resolve);
    }
    const passed = this.#passing && offset > this.#expected;
    if (this.#before || (offset !== this.#expected && !passed))
      throw new Detour(`fetched ${offset} instead of ${this.#expected}`);
    return messages;
  }

  async #recover(error: unknown): Promise<void> {
    if (this.#state !== 'reading') return;
    this.#state = 'opening';
    await this.#failed(error);
    await this.open();
  }

  #reopen(): void {
    this.control.pause();
    this.#state = 'opening';
    void this.open();
  }

  async #failed(error: unknown): Promise<void> {
    if (this.#state === 'dropped') return;
    const reason = error instanceof Detour ? await this.#judged(error) : error;
    if (reason === undefined) return;
    this.options.onError?.(reason);
    if (reason instanceof PositionMoved) return;
    this.#stalled = reason instanceof Error ? reason.message : 'unknown reason';
    if (reason instanceof BusHalted) await this.#halt(reason);
    else await sleep(BACKOFF_MS[Math.min(this.#failures++, BACKOFF_MS.length - 1)]!);
  }

  /** The client went elsewhere: because events are gone, or because what is there is no event (a marker of a transaction). */
  async #judged({ message }: Detour): Promise<unknown> {
    if (++this.#detours <= MOST_DETOURS) return undefined;
    try {
      const stand = await this.control.stand();
      this.#passing = stand !== undefined && !this.#before && stand.low <= this.#expected;
    } catch (error) {
      return error;
    }
    return this.#passing ? undefined : new BusHalted('bus_events_gone', message);
  }

  async #halt({ code }: BusHalted): Promise<void> {
    this.#state = 'halted';
    this.#halted = { code, at: this.#stored };
    this.options.onHalt?.(this.partition, code);
    // Told again at every look, so that a failure of this one matters little.
    await this.options.halt?.(this.partition, code).catch((error: unknown) => this.options.onError?.(error));
  }
}

/** The client fetched from elsewhere than it was told: it does so when an offset is not there. */
class Detour extends Error {}
