import { setTimeout as sleep } from 'node:timers/promises';
import type { SubscribeOptions, Subscription } from '@countersign/event-bus';
import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import { atMost, LEAVE_MS } from './at-most.js';
import { METADATA_MAX_AGE_MS } from './client.js';
import type { KafkaTiming } from './connection.js';
import type { Overseer } from './overseer.js';
import { PartitionReader } from './partition-reader.js';

const HEARTBEAT_MS = 1_000;
/** How long a broker keeps a question open when there is nothing new. */
const LONGEST_WAIT_MS = 200;
const RESTART_MS = 1_000;
/** Kafka is told how far the consumer came for dashboards only: nobody reads it back. */
const HINT_MS = 5_000;

export interface SubscriptionParts {
  kafka: Kafka;
  overseer: Overseer;
  /** Names in Kafka. */
  topic: string;
  group: string;
  timing: KafkaTiming;
}

/** One consumer in its group; when kafkajs gives up, another takes its place. */
export class KafkaSubscription implements Subscription {
  readonly #partitions = new Map<number, PartitionReader>();
  readonly #done: Promise<void>;
  #stopping = false;
  #stop: () => void = () => undefined;
  #trouble: string | undefined = 'not connected yet';
  #hintAt = 0;

  constructor(
    readonly parts: SubscriptionParts,
    readonly options: SubscribeOptions,
  ) {
    this.#done = this.#run();
  }

  stalled = (): string | undefined =>
    this.#trouble ??
    [...this.#partitions.values()].map(({ stalled }) => stalled).find((reason) => reason !== undefined);

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#stop();
    await this.#done;
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      const consumer = this.#consumer();
      const ended = this.#endOf(consumer);
      try {
        await this.#start(consumer);
        const crash = await ended;
        if (crash) throw crash;
      } catch (error) {
        this.#trouble = error instanceof Error ? error.message : 'unknown reason';
        this.options.onError?.(error);
      }
      await this.#leave(consumer);
      if (!this.#stopping) await Promise.race([sleep(RESTART_MS), this.#stopped()]);
    }
  }

  #consumer(): Consumer {
    const { kafka, group, timing } = this.parts;
    return kafka.consumer({
      groupId: group,
      sessionTimeout: timing.session,
      rebalanceTimeout: timing.rebalance,
      heartbeatInterval: HEARTBEAT_MS,
      maxWaitTimeInMs: LONGEST_WAIT_MS,
      metadataMaxAge: METADATA_MAX_AGE_MS,
      allowAutoTopicCreation: false,
      retry: { retries: 2, initialRetryTime: 100, maxRetryTime: 1_000, restartOnFailure: async () => false },
    });
  }

  async #start(consumer: Consumer): Promise<void> {
    await consumer.connect();
    await consumer.subscribe({ topics: [this.parts.topic], fromBeginning: true });
    // Inside the event and before its first fetch: what is paused now is fetched from nowhere until its position is known.
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => this.#assigned(consumer, payload.memberAssignment));
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: 4,
      eachBatch: (payload) => this.#take(consumer, payload),
    });
  }

  /** Resolves with an error when the consumer gave up, with nothing when it was asked to stop. */
  async #endOf(consumer: Consumer): Promise<Error | undefined> {
    const crashed = new Promise<Error>((resolve) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => resolve(payload.error));
    });
    const watching = setInterval(() => void this.#watch(), this.parts.timing.watch);
    return Promise.race([crashed, this.#stopped()]).finally(() => clearInterval(watching));
  }

  async #stopped(): Promise<undefined> {
    if (!this.#stopping) await new Promise<void>((resolve) => (this.#stop = chained(this.#stop, resolve)));
    return undefined;
  }

  #assigned(consumer: Consumer, assignment: Record<string, number[]>): void {
    const { topic } = this.parts;
    const former = [...this.#partitions.values()].map((reader) => reader.drop());
    this.#partitions.clear();
    const partitions = assignment[topic] ?? [];
    if (partitions.length > 0) consumer.pause([{ topic, partitions }]);
    for (const partition of partitions) {
      const reader = new PartitionReader(partition, this.options, this.#controlOf(consumer, partition));
      this.#partitions.set(partition, reader);
      void Promise.all(former).then(() => reader.open());
    }
    this.#trouble = undefined;
  }

  #controlOf(consumer: Consumer, partition: number): PartitionReader['control'] {
    const { overseer, topic } = this.parts;
    return {
      stand: () => overseer.stand(topic, partition),
      pause: () => quietly(() => consumer.pause([{ topic, partitions: [partition] }])),
      fetchFrom: (offset) =>
        quietly(() => {
          consumer.seek({ topic, partition, offset: String(offset) });
          consumer.resume([{ topic, partitions: [partition] }]);
        }),
    };
  }

  async #take(consumer: Consumer, payload: EachBatchPayload): Promise<void> {
    const { batch, heartbeat, resolveOffset, isRunning, isStale } = payload;
    const reader = this.#partitions.get(batch.partition);
    let staying = true;
    const beat = (): void => void heartbeat().catch(() => (staying = false));
    const beating = setInterval(beat, HEARTBEAT_MS);
    try {
      await reader?.take(batch.messages, resolveOffset, () => staying && isRunning() && !isStale());
    } finally {
      clearInterval(beating);
    }
    this.#hint(consumer, batch.partition, batch.lastOffset());
  }

  #hint(consumer: Consumer, partition: number, last: string): void {
    if (performance.now() < this.#hintAt) return;
    this.#hintAt = performance.now() + HINT_MS;
    const offset = String(BigInt(last) + 1n);
    consumer.commitOffsets([{ topic: this.parts.topic, partition, offset }]).catch(() => undefined);
  }

  async #watch(): Promise<void> {
    const looks = [...this.#partitions.values()].map((reader) => reader.watch());
    await Promise.allSettled(looks);
  }

  async #leave(consumer: Consumer): Promise<void> {
    const readers = [...this.#partitions.values()];
    await Promise.all(readers.map((reader) => reader.drop()));
    await atMost(LEAVE_MS, consumer.disconnect());
  }
}

const chained = (first: () => void, second: () => void) => (): void => {
  first();
  second();
};

/** A consumer that ended in between complains; its partitions are assigned anew anyway. */
function quietly(change: () => void): void {
  try {
    change();
  } catch {
    // Nothing is fetched any more.
  }
}
