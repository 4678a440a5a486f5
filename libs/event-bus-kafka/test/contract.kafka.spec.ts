import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventBusContract } from '@countersign/event-bus';
import { startKafka, type KafkaCluster } from '@countersign/kafka-broker';
import kafkajs, { type Admin } from 'kafkajs';
import { kafkaBus, type KafkaBus } from '../src/index.js';

const folder = mkdtempSync(join(tmpdir(), 'countersign-kafka-'));
const silent = { warn: () => undefined };
let kafka: KafkaCluster;
let admin: Admin;
let bus: KafkaBus;
let made = 0;

beforeAll(async () => {
  kafka = await startKafka({ folder });
  admin = new kafkajs.Kafka({ brokers: [...kafka.addresses], logLevel: kafkajs.logLevel.NOTHING }).admin();
  await admin.connect();
  bus = kafkaBus({
    ...{ brokers: kafka.addresses, clientId: 'contract', prefix: 'cs.', unreplicated: true, log: silent },
    timing: { rebalance: 3_000, session: 6_000, watch: 500 },
  });
}, 60_000);
afterAll(async () => {
  await bus.close();
  await admin.disconnect();
  await kafka.stop();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

const freshTopic = async (): Promise<string> => {
  const topic = `source-${made++}`;
  await admin.createTopics({ topics: [{ topic: `cs.${topic}`, numPartitions: 1, replicationFactor: 1 }] });
  return topic;
};

describe('the event bus on Kafka keeps the contract', () => {
  test.each(eventBusContract)('$name', async ({ run }) => {
    await expect(run({ bus, freshTopic })).resolves.toBeUndefined();
  });
});
