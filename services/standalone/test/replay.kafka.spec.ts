import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { applyKafka, declare, kafkaBus, type KafkaBus } from '@countersign/event-bus-kafka';
import { startKafka, type KafkaCluster } from '@countersign/kafka-broker';
import { givenReader, SOURCE, until, type Given } from './halted.js';

const PREFIX = 'countersign.';
const folder = mkdtempSync(join(tmpdir(), 'countersign-replay-'));
let kafka: KafkaCluster;
let bus: KafkaBus;
let given: Given;

beforeAll(async () => {
  kafka = await startKafka({ folder: join(folder, 'kafka') });
  const brokers = kafka.addresses;
  await applyKafka(
    { brokers, clientId: 'test' },
    declare({ prefix: PREFIX, partitions: 2, development: true, principal: (name) => `User:${name}` }),
  );
  bus = kafkaBus({ brokers, clientId: 'test', prefix: PREFIX, unreplicated: true, log: { warn: () => undefined } });
  const settings = { kafkaBrokers: brokers.join(','), kafkaTls: 'off', kafkaReplication: 'development' };
  given = await givenReader(settings, () => bus);
}, 120_000);
afterAll(async () => {
  await given.stop();
  await bus.close();
  await kafka.stop();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

/** Does something to what the broker keeps while it is down. */
async function behindItsBack(work: (data: string) => void): Promise<void> {
  const broker = kafka.brokers[0]!;
  await broker.stop();
  work(broker.data);
  await broker.start();
}

const logsAll = (count: number): Promise<void> =>
  until(async () => (await given.logged()).length === count, `${count} are in the log`);

test('CARD-3.kafka · a broker restored from an older copy: one command, no restart, nothing lost or doubled', async () => {
  const copy = join(folder, 'copy');
  const first = await given.write(20);
  await logsAll(20);
  await behindItsBack((data) => cpSync(data, copy, { recursive: true }));
  const second = await given.write(5);
  await logsAll(25);
  await behindItsBack((data) => {
    rmSync(data, { recursive: true });
    cpSync(copy, data, { recursive: true });
  });
  await until(() => given.halted(), 'audit halts');
  const meanwhile = await given.write(3);
  const code = 'bus_position_past_end';
  const { json } = await given.command('events', 'replay', '--source', SOURCE);
  expect(json).toMatchObject({ restarted: 1, partitions: [{ reader: 'audit', topic: SOURCE, code, position: '25' }] });
  await until(async () => !(await given.halted()), 'it is halted no more');
  const last = await given.write(1);
  await logsAll(29);
  expect(await given.logged()).toEqual([...first, ...second, ...meanwhile, ...last].map(({ eventId }) => eventId));
  expect(await given.rows('select from audit.quarantine')).toEqual([]);
}, 240_000);
