import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  BEGINNING,
  PositionMoved,
  type EventMessage,
  type MessageBatch,
  type StoredPosition,
} from '@countersign/event-bus';
import { startKafka, type KafkaCluster, type KafkaOptions } from '@countersign/kafka-broker';
import { utf8, uuidv7 } from '@countersign/kernel';
import kafkajs, { type Admin, type Kafka } from 'kafkajs';
import { kafkaBus, type KafkaBus, type KafkaBusOptions } from '../src/index.js';

/** A broker of its own, and what a test does behind the back of the bus. */
export interface Given {
  cluster: KafkaCluster;
  kafka: Kafka;
  admin: Admin;
  open(options?: Partial<KafkaBusOptions>): KafkaBus;
  freshTopic(partitions?: number): Promise<string>;
  stop(): Promise<void>;
}

export const PREFIX = 'cs.';

export async function givenKafka(options: Partial<KafkaOptions> = {}): Promise<Given> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-kafka-'));
  const cluster = await startKafka({ folder, ...options });
  const kafka = new kafkajs.Kafka({ brokers: [...cluster.addresses], logLevel: kafkajs.logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  const opened: KafkaBus[] = [];
  let made = 0;
  return {
    cluster,
    kafka,
    admin,
    open: (more = {}) => {
      const bus = kafkaBus({
        ...{ brokers: cluster.addresses, clientId: 'test', prefix: PREFIX, unreplicated: true },
        log: { warn: () => undefined },
        timing: { rebalance: 3_000, session: 6_000, watch: 500 },
        ...more,
      });
      opened.push(bus);
      return bus;
    },
    freshTopic: async (partitions = 1) => {
      const topic = `source-${made++}`;
      const wanted = { topic: PREFIX + topic, numPartitions: partitions, replicationFactor: 1 };
      await admin.createTopics({ topics: [wanted] });
      return topic;
    },
    stop: async () => {
      await Promise.all(opened.map((bus) => bus.close()));
      await admin.disconnect();
      await cluster.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export const event = (tenant = uuidv7(), leaf = '{}'): EventMessage => ({
  ...{ eventId: uuidv7(), tenant, type: 'test.event' },
  leaf: utf8(leaf),
});

export const idsOf = (messages: readonly EventMessage[]): string[] => messages.map(({ eventId }) => eventId);

/** A consumer that keeps what it got and where it stands, partition by partition. */
export class Keeper {
  readonly positions = new Map<number, StoredPosition>();
  readonly got: EventMessage[] = [];
  readonly told: unknown[] = [];

  options(topic: string) {
    return {
      topic,
      consumer: 'keeper',
      position: async (partition: number) => this.positions.get(partition) ?? BEGINNING,
      handle: async (batch: MessageBatch) => this.commit(batch),
      onError: (error: unknown) => void this.told.push(error),
    };
  }

  commit({ partition, from, next, log, messages }: MessageBatch): void {
    if ((this.positions.get(partition) ?? BEGINNING).next !== from) throw new PositionMoved('the keeper moved');
    this.got.push(...messages);
    this.positions.set(partition, { next, log, last: messages.at(-1)!.eventId });
  }

  get codes(): unknown[] {
    return this.told.map((error) => (error as { code?: string }).code).filter(Boolean);
  }
}

export async function until(done: () => boolean, what: string): Promise<void> {
  for (const end = Date.now() + 50_000; !done(); await sleep(20))
    if (Date.now() > end) throw new Error(`still waiting until ${what}`);
}
