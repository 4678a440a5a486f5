import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '@countersign/database';
import type { EventBus } from '@countersign/event-bus';
import { Lease } from './lease.js';
import { ManifestKeeper, type ManifestOptions } from './manifest-keeper.js';
import { maintain, markSent, readBacklog, unsent, type Backlog } from './rows.js';

/** Whose events go where, and who is told. */
export interface RelayOptions {
  /** Name of the service: the topic. */
  service: string;
  /** A pool as the service's relay role; two connections are plenty. */
  database: Database;
  bus: Pick<EventBus, 'publish'>;
  /** The platform's logger fits. */
  log: { warn(event: string, fields: Record<string, unknown>): void };
  /** How it is shown that audit has what was sent; without it no day of the outbox is ever dropped. */
  manifests?: ManifestOptions;
  /** Events acknowledged by the bus. */
  onSent?(count: number): void;
  /** What waits, every ten seconds, told by the leader. */
  onBacklog?(backlog: Backlog): void;
  /** Default 5,000. */
  leaseMs?: number;
}

const BATCH = 500;
/** Least time between two batches: an event that comes alone leaves at once, many that come together leave together. */
const GATHER_MS = 100;
const POLL_MS = 250;
const STANDBY_MS = 1_000;
const BACKLOG_MS = 10_000;
const MAINTAIN_MS = 3_600_000;
const BACKOFF_MS = [100, 250, 500, 1_000, 2_000, 5_000];

/**
 * Carries a service's outbox to the bus: reads unsent rows in order, publishes, and marks them once the bus has them.
 * Dying between the two sends a batch again; losing one is impossible. One relay of a service works at a time; the
 * others take over when its lease runs out.
 */
export class OutboxRelay {
  readonly #lease: Lease;
  readonly #manifests?: ManifestKeeper;
  readonly #done: Promise<void>;
  #stopping = false;
  #woken = false;
  #interrupt: () => void = () => undefined;
  #failures = 0;
  #batchAt = -Infinity;
  #maintainAt = 0;
  #backlogAt = 0;

  /** Starts at once. */
  constructor(readonly options: RelayOptions) {
    this.#lease = new Lease(options.database, options.leaseMs ?? 5_000);
    const { service, database, manifests } = options;
    const leads = (): boolean => this.#lease.held;
    if (manifests) this.#manifests = new ManifestKeeper({ ...manifests, service, database, leads });
    this.#done = this.#run();
  }

  /** After a commit in this process: what was appended goes out now instead of at the next poll. */
  wake(): void {
    this.#woken = true;
    this.#interrupt();
  }

  /** Sends what is there, gives the lease back and ends; rows that cannot be sent now stay for the next relay. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#interrupt();
    await this.#manifests?.stop();
    await this.#done;
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      const pause = await this.#turn().catch((error: unknown) => this.#failed(error));
      if (pause > 0) await this.#wait(pause);
    }
    await this.#leave().catch((error: unknown) => this.#failed(error));
  }

  /** @returns how long to wait, ms */
  async #turn(): Promise<number> {
    const early = this.#batchAt + GATHER_MS - performance.now();
    if (early > 0 && !this.#stopping) await sleep(early);
    this.#woken = false;
    if (!(await this.#lease.hold())) return STANDBY_MS;
    await this.#housekeeping();
    this.#batchAt = performance.now();
    const sent = await this.#sendBatch();
    this.#failures = 0;
    return sent === BATCH ? 0 : POLL_MS;
  }

  async #sendBatch(): Promise<number> {
    const { database, bus, service, onSent } = this.options;
    const messages = await unsent(database, BATCH);
    if (messages.length === 0) return 0;
    await bus.publish(service, messages);
    await this.#manifests?.arrive(messages.map(({ eventId }) => eventId));
    await markSent(database, messages);
    onSent?.(messages.length);
    return messages.length;
  }

  async #housekeeping(): Promise<void> {
    const { database, onBacklog } = this.options;
    const now = performance.now();
    if (now >= this.#maintainAt) {
      this.#maintainAt = now + MAINTAIN_MS;
      await maintain(database);
    }
    if (onBacklog && now >= this.#backlogAt) {
      this.#backlogAt = now + BACKLOG_MS;
      onBacklog(await readBacklog(database));
    }
  }

  #failed(error: unknown): number {
    const { service, log } = this.options;
    const wait = BACKOFF_MS[Math.min(this.#failures++, BACKOFF_MS.length - 1)]!;
    log.warn('outbox.relay_failed', { service, ms: wait, error });
    return wait;
  }

  async #leave(): Promise<void> {
    if (!(await this.#lease.hold())) return;
    try {
      while ((await this.#sendBatch()) === BATCH);
    } finally {
      await this.#lease.release();
    }
  }

  /** A wake-up that came during the turn counts; one that comes during a back-off must not shorten it. */
  async #wait(ms: number): Promise<void> {
    if (this.#stopping || (this.#woken && this.#failures === 0)) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#interrupt = () => {
        if (this.#failures > 0 && !this.#stopping) return;
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
