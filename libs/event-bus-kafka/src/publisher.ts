import { setTimeout as sleep } from 'node:timers/promises';
import type { EventMessage } from '@countersign/event-bus';
import kafkajs, { type Kafka, type Producer, type ProducerBatch } from 'kafkajs';
import { atMost, LEAVE_MS } from './at-most.js';
import { METADATA_MAX_AGE_MS } from './client.js';
import { partitionOf, recordOf, sizeOf } from './record.js';
import type { TopicGuard } from './topic-guard.js';

/** Before compression; brokers take 1 MiB of a batch after it. */
const MAX_BATCH_BYTES = 512 * 1024;
const PAUSE_MS = 200;

/** What no repetition mends. */
const HOPELESS = ['MESSAGE_TOO_LARGE', 'TOPIC_AUTHORIZATION_FAILED', 'CLUSTER_AUTHORIZATION_FAILED', 'INVALID_RECORD'];

/** The deadline passed; whether the events are durable is unknown. */
export class PublishTimedOut extends Error {
  override readonly name = 'PublishTimedOut';
}

/**
 * Writes batches. kafkajs numbers the records of a partition when it sends them, so two sends under way, or a send of several
 * partitions that half failed, can give one number to two records; the broker takes the second for a repetition and
 * acknowledges what it never kept. Therefore: **one partition in a send, one send of a partition at a time, and after a failure
 * the identical batch again**. A producer that gives up a batch is not used for that partition again, since the numbers of the
 * next one would be those of the lost: a new producer has numbers of its own.
 */
export class Publisher {
  /** The last send of each partition; the next one waits for it. */
  readonly #lanes = new Map<string, Promise<unknown>>();
  #producer: Promise<Producer> | undefined;
  #closed = false;

  constructor(
    readonly kafka: Kafka,
    readonly guard: TopicGuard,
    readonly deadlineMs: number,
  ) {}

  /** Resolves when all replicas in sync hold the events. @throws TopicRefused, PublishTimedOut, or what the broker said */
  async publish(topic: string, messages: readonly EventMessage[]): Promise<void> {
    if (messages.length === 0) return;
    const end = performance.now() + this.deadlineMs;
    const count = await this.guard.admit(topic);
    const byPartition = Map.groupBy(messages, ({ tenant }) => partitionOf(tenant, count));
    const sends = [...byPartition].map(([partition, own]) => this.#inLane(topic, partition, own, end));
    const failed = (await Promise.allSettled(sends)).find(({ status }) => status === 'rejected');
    if (failed) throw (failed as PromiseRejectedResult).reason;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await atMost(LEAVE_MS, Promise.allSettled(this.#lanes.values()));
    const producer = this.#producer;
    this.#producer = undefined;
    if (producer)
      await atMost(
        LEAVE_MS,
        producer.then((connected) => connected.disconnect()),
      );
  }

  #inLane(topic: string, partition: number, messages: EventMessage[], end: number): Promise<void> {
    const lane = `${topic}/${partition}`;
    const before = this.#lanes.get(lane) ?? Promise.resolve();
    const mine = before.then(async () => {
      for (const part of batchesOf(messages)) await this.#send(batchFor(topic, partition, part), end);
    });
    this.#lanes.set(lane, mine.catch(nothing));
    return mine;
  }

  /** The same batch until it is acknowledged or the time is over. */
  async #send(batch: ProducerBatch, end: number): Promise<void> {
    for (;;) {
      const connecting = (this.#producer ??= this.#connecting());
      try {
        return void (await within(
          end,
          connecting.then((producer) => producer.sendBatch(batch)),
        ));
      } catch (error) {
        const over = performance.now() + PAUSE_MS >= end || this.#closed || isHopeless(error);
        if (over || !isRetriable(error)) this.#retire(connecting);
        if (over) throw error;
        await sleep(PAUSE_MS);
      }
    }
  }

  /** One that failed to connect is forgotten, so that the next attempt is a new one. */
  #connecting(): Promise<Producer> {
    const connecting = this.#connect();
    connecting.catch(() => {
      if (this.#producer === connecting) this.#producer = undefined;
    });
    return connecting;
  }

  async #connect(): Promise<Producer> {
    const producer = this.kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      metadataMaxAge: METADATA_MAX_AGE_MS,
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
      retry: { retries: 2, initialRetryTime: 100, maxRetryTime: 1_000 },
    });
    await producer.connect();
    return producer;
  }

  #retire(connecting: Promise<Producer>): void {
    if (this.#producer === connecting) this.#producer = undefined;
    connecting.then((producer) => producer.disconnect()).catch(nothing);
  }
}

const nothing = (): void => undefined;

const batchFor = (topic: string, partition: number, messages: readonly EventMessage[]): ProducerBatch => ({
  acks: -1,
  compression: kafkajs.CompressionTypes.ZSTD,
  topicMessages: [{ topic, messages: messages.map((message) => recordOf(message, partition)) }],
});

function* batchesOf(messages: readonly EventMessage[]): Generator<EventMessage[]> {
  let [batch, bytes]: [EventMessage[], number] = [[], 0];
  for (const message of messages) {
    const size = sizeOf(message);
    if (batch.length > 0 && bytes + size > MAX_BATCH_BYTES) {
      yield batch;
      [batch, bytes] = [[], 0];
    }
    batch.push(message);
    bytes += size;
  }
  yield batch;
}

async function within<T>(end: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const fail = (): void => reject(new PublishTimedOut('the brokers did not acknowledge in time'));
    timer = setTimeout(fail, Math.max(end - performance.now(), 0));
  });
  work.catch(nothing);
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

interface KafkaError {
  retriable?: boolean;
  type?: string;
  cause?: KafkaError;
}

/** The reason under the wrappers of kafkajs. */
const originOf = (error: KafkaError): KafkaError => (error.cause ? originOf(error.cause) : error);
const isHopeless = (error: unknown): boolean => HOPELESS.includes(originOf(error as KafkaError).type ?? '');
const isRetriable = (error: unknown): boolean => originOf(error as KafkaError).retriable === true;
