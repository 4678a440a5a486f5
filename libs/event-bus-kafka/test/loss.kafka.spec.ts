import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { EventMessage } from '@countersign/event-bus';
import { uuidv7 } from '@countersign/kernel';
import kafkajs, { type Kafka } from 'kafkajs';
import { Overseer } from '../src/overseer.js';
import { Publisher } from '../src/publisher.js';
import { recordOf } from '../src/record.js';
import { TopicGuard } from '../src/topic-guard.js';
import { event, givenKafka, idsOf, Keeper, PREFIX, until, type Given } from './given.js';

const ROUNDS = 12;
const AT_ONCE = 3;

let given: Given;
beforeAll(async () => {
  given = await givenKafka();
}, 180_000);
afterAll(() => given.stop(), 60_000);

/** A client whose connection breaks, when asked, after a broker has done what it was told and before its answer is read. */
function breakable(): { kafka: Kafka; breakNext(): void } {
  let armed = false;
  const socketFactory: kafkajs.ISocketFactory = ({ host, port, onConnect }) => {
    const socket = connect(port, host, onConnect);
    const emit = socket.emit.bind(socket) as (name: string | symbol, ...rest: unknown[]) => boolean;
    socket.emit = (name: string | symbol, ...rest: unknown[]): boolean => {
      if (!armed || name !== 'data') return emit(name, ...rest);
      armed = false;
      socket.destroy();
      return emit('end');
    };
    return socket;
  };
  const brokers = [...given.cluster.addresses];
  const kafka = new kafkajs.Kafka({ brokers, socketFactory, logLevel: kafkajs.logLevel.NOTHING });
  return { kafka, breakNext: () => void (armed = true) };
}

/** Several batches of one tenant at once, and the answer to the first is lost. @returns ids that were acknowledged */
async function underFire(
  publish: (messages: EventMessage[]) => Promise<void>,
  breakNext: () => void,
): Promise<string[]> {
  const [tenant, acknowledged]: [string, string[]] = [uuidv7(), []];
  const send = async (): Promise<void> => {
    const batch = Array.from({ length: 10 }, () => event(tenant));
    await publish(batch);
    acknowledged.push(...idsOf(batch));
  };
  await send();
  for (let round = 0; round < ROUNDS; round++) {
    breakNext();
    await Promise.allSettled(Array.from({ length: AT_ONCE }, send));
  }
  return acknowledged;
}

/** How many of them are not in the topic. */
async function lostOf(topic: string, acknowledged: string[]): Promise<number> {
  const [end] = await given.admin.fetchTopicOffsets(PREFIX + topic);
  const keeper = new Keeper();
  const subscription = given.open().subscribe(keeper.options(topic));
  await until(() => keeper.got.length >= Number(end!.high), 'all was read');
  await subscription.stop();
  const there = new Set(idsOf(keeper.got));
  return acknowledged.filter((id) => !there.has(id)).length;
}

describe('connections break before the answer to a send is read', () => {
  test('CARD-3.kafka · without the rules of the driver the client loses what was acknowledged', async () => {
    const [topic, { kafka, breakNext }] = [await given.freshTopic(), breakable()];
    const producer = kafka.producer({ idempotent: true });
    await producer.connect();
    const publish = async (batch: EventMessage[]): Promise<void> => {
      const messages = batch.map((message) => recordOf(message, 0));
      await producer.send({ topic: PREFIX + topic, messages, acks: -1 });
    };
    const acknowledged = await underFire(publish, breakNext);
    await producer.disconnect();
    expect(acknowledged.length).toBeGreaterThan(ROUNDS);
    expect(await lostOf(topic, acknowledged)).toBeGreaterThan(0);
  }, 90_000);

  test('CARD-3.kafka · with them it loses nothing', async () => {
    const [topic, { kafka, breakNext }] = [await given.freshTopic(), breakable()];
    const overseer = new Overseer(given.kafka);
    const publisher = new Publisher(kafka, new TopicGuard(overseer, true), 20_000);
    const acknowledged = await underFire((batch) => publisher.publish(PREFIX + topic, batch), breakNext);
    await publisher.close();
    await overseer.close();
    expect(acknowledged).toHaveLength((1 + ROUNDS * AT_ONCE) * 10);
    expect(await lostOf(topic, acknowledged)).toBe(0);
  }, 90_000);
});
