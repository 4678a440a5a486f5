import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { applyKafka, declare, kafkaBus, type KafkaBus } from '@countersign/event-bus-kafka';
import { startKafka, type KafkaCluster } from '@countersign/kafka-broker';
import kafkajs, { type Admin } from 'kafkajs';
import { givenReader, SOURCE, until, type Given } from './halted.js';

const PREFIX = 'countersign.';
const TOPIC = PREFIX + SOURCE;
const folder = mkdtempSync(join(tmpdir(), 'countersign-replay-'));
let kafka: KafkaCluster;
let admin: Admin;
let bus: KafkaBus;
let given: Given;

const declared = (): Promise<unknown> =>
  applyKafka(
    { brokers: kafka.addresses, clientId: 'test' },
    declare({ prefix: PREFIX, partitions: 2, development: true, principal: (name) => `User:${name}` }),
  );

beforeAll(async () => {
  kafka = await startKafka({ folder });
  const brokers = kafka.addresses;
  await declared();
  admin = new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING }).admin();
  await admin.connect();
  const log = { warn: () => undefined };
  bus = kafkaBus({ brokers, clientId: 'test', prefix: PREFIX, unreplicated: true, log });
  const settings = { kafkaBrokers: brokers.join(','), kafkaTls: 'off', kafkaReplication: 'development' };
  given = await givenReader(settings, () => bus);
}, 120_000);
afterAll(async () => {
  await given.stop();
  await bus.close();
  await admin.disconnect();
  await kafka.stop();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

test('CARD-3.bus · a topic that was deleted and made again: one command, no restart, nothing lost or doubled', async () => {
  const first = await given.write(20);
  await until(async () => (await given.logged()).length === 20, 'they are in the log');
  await admin.deleteTopics({ topics: [TOPIC] });
  await until(async () => !(await admin.listTopics()).includes(TOPIC), 'it is gone');
  await declared();
  await until(() => given.halted(), 'audit halts');
  const meanwhile = await given.write(3);
  const code = 'bus_log_replaced';
  const { json } = await given.command('events', 'replay', '--source', SOURCE);
  expect(json).toMatchObject({ restarted: 1, partitions: [{ reader: 'audit', topic: SOURCE, code, position: '20' }] });
  await until(async () => !(await given.halted()), 'it is halted no more');
  const last = await given.write(1);
  const all = [...first, ...meanwhile, ...last].map(({ eventId }) => eventId);
  await until(async () => (await given.logged()).length === all.length, 'all are in the log');
  expect(await given.logged()).toEqual(all);
  expect(await given.rows('select from audit.quarantine')).toEqual([]);
}, 180_000);
