import { setTimeout as sleep } from 'node:timers/promises';
import { zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { DeliveredMessage, EventMessage, LogBeginning } from '@countersign/event-bus';
import { uuidv7 } from '@countersign/kernel';
import kafkajs from 'kafkajs';
import { TopicRefused, type KafkaBus } from '../src/index.js';
import type { Overseer } from '../src/overseer.js';
import { TopicGuard } from '../src/topic-guard.js';
import { event, givenKafka, idsOf, Keeper, PREFIX, until, type Given } from './given.js';

let given: Given;
let bus: KafkaBus;
beforeAll(async () => {
  given = await givenKafka();
  bus = given.open();
}, 180_000);
afterAll(() => given.stop(), 60_000);

/** Subscribes until `count` events came. */
async function read(keeper: Keeper, topic: string, count: number): Promise<void> {
  const subscription = bus.subscribe(keeper.options(topic));
  await until(() => keeper.got.length >= count, `${count} events came`);
  await subscription.stop();
}

/** Publishes as the relay of an outbox does: what was not acknowledged in time is sent again. */
async function published(topic: string, events: EventMessage[]): Promise<void> {
  for (const end = Date.now() + 120_000; ;) {
    try {
      return await bus.publish(topic, events);
    } catch (error) {
      if (Date.now() > end) throw error;
      await sleep(100);
    }
  }
}

/** Subscribes until the subscription halts. @returns its code */
async function halt(keeper: Keeper, topic: string): Promise<unknown> {
  const subscription = bus.subscribe(keeper.options(topic));
  await until(() => keeper.codes.length > 0, 'it halts');
  expect(subscription.stalled()).toBeDefined();
  await subscription.stop();
  return keeper.codes[0];
}

describe('publishing to Kafka', () => {
  test('CARD-3.kafka · a topic of several partitions keeps the order of each tenant, and the whole position of each partition', async () => {
    const [topic, keeper] = [await given.freshTopic(4), new Keeper()];
    const tenants = Array.from({ length: 8 }, () => uuidv7());
    const sent = Array.from({ length: 200 }, (_, i) => event(tenants[i % 8]));
    await Promise.all([0, 1, 2, 3].map((i) => bus.publish(topic, sent.slice(50 * i, 50 * i + 50))));
    await read(keeper, topic, 200);
    const of = (messages: readonly EventMessage[], tenant: string) =>
      idsOf(messages.filter((one) => one.tenant === tenant));
    for (const tenant of tenants) expect(of(keeper.got, tenant)).toEqual(of(sent, tenant));
    expect(keeper.positions.size).toBeGreaterThan(1);
  });

  test('CARD-3.kafka · a publication larger than a broker takes at once goes out in several batches, in order', async () => {
    const [topic, keeper, tenant] = [await given.freshTopic(), new Keeper(), uuidv7()];
    const sent = Array.from({ length: 40 }, () => event(tenant, JSON.stringify('x'.repeat(60_000))));
    await bus.publish(topic, sent);
    await read(keeper, topic, 40);
    expect(idsOf(keeper.got)).toEqual(idsOf(sent));
  });

  test('CARD-3.kafka · a topic that one broker holds is refused, unless development accepts it', async () => {
    const topic = await given.freshTopic();
    const strict = given.open({ unreplicated: false });
    await expect(strict.admit(topic)).rejects.toMatchObject({ code: 'kafka_topic_unreplicated' });
    await expect(strict.publish(topic, [event()])).rejects.toBeInstanceOf(TopicRefused);
    await expect(bus.admit('nowhere')).rejects.toMatchObject({ code: 'kafka_topic_missing' });
    const told = { topic: { id: 'x', partitions: [{ id: 0, replicas: 3 }] }, clusterId: 'y' };
    const configuration = async (): Promise<Map<string, string>> => new Map([['min.insync.replicas', '1']]);
    const guard = new TopicGuard({ facts: async () => told, configuration } as unknown as Overseer, false);
    await expect(guard.admit(topic)).rejects.toMatchObject({ code: 'kafka_topic_min_in_sync' });
  });

  test('CARD-3.kafka · a broker that was killed and started again costs time and no event', async () => {
    const [topic, keeper] = [await given.freshTopic(), new Keeper()];
    const subscription = bus.subscribe(keeper.options(topic));
    const sent = Array.from({ length: 20 }, () => event());
    await bus.publish(topic, sent.slice(0, 10));
    await given.cluster.brokers[0]!.kill();
    const rest = published(topic, sent.slice(10));
    await given.cluster.brokers[0]!.start();
    await rest;
    await until(() => new Set(idsOf(keeper.got)).size === 20, 'all came');
    await subscription.stop();
    expect([...new Set(idsOf(keeper.got))]).toEqual(idsOf(sent));
  }, 180_000);
});

test('CARD-3.kafka · a reader that comes back to the end of a topic waits there for what comes next', async () => {
  const [topic, keeper, last] = [await given.freshTopic(), new Keeper(), event()];
  await bus.publish(topic, [event(), event()]);
  await read(keeper, topic, 2);
  const subscription = bus.subscribe(keeper.options(topic));
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  await bus.publish(topic, [last]);
  await until(() => keeper.got.length === 3, 'the last came');
  await subscription.stop();
  expect(keeper.got[2]!.eventId).toBe(last.eventId);
  expect(keeper.told).toEqual([]);
});

describe('what is in the topic and is none of ours', () => {
  test('CARD-3.kafka · is handed to the consumer under ids that fit no event, and what follows comes', async () => {
    const [topic, keeper, after] = [await given.freshTopic(), new Keeper(), event()];
    const producer = given.kafka.producer();
    await producer.connect();
    const messages = [
      { key: null, value: null },
      { key: 'nobody', value: 'nonsense', headers: { id: 'x', type: ['a', 'b'] } },
      { value: 'x'.repeat(300_000) },
    ];
    await producer.send({ topic: PREFIX + topic, messages });
    await producer.disconnect();
    await bus.publish(topic, [after]);
    await read(keeper, topic, 4);
    const [, nonsense, large, last] = keeper.got;
    expect(nonsense).toMatchObject({ eventId: '00000000-0000-0000-0000-000000000000', type: '' });
    expect(large!.leaf.length).toBe(300_000);
    expect(last!.eventId).toBe(after.eventId);
  });

  const codecs = kafkajs.CompressionCodecs as Record<number, () => unknown>;
  /** What a client sends that compresses in a way of its own; the brokers look into what they take. */
  const foreign: [string, number, (bytes: Buffer) => Buffer, number, number, string][] = [
    ['snappy', kafkajs.CompressionTypes.Snappy, snappyOf, 3, 100, 'codec_unknown'],
    [
      'zstd, a thousand times larger unpacked',
      kafkajs.CompressionTypes.ZSTD,
      zstdCompressSync,
      3,
      12 << 20,
      'batch_too_large',
    ],
    ['10,001 tiny records', kafkajs.CompressionTypes.ZSTD, zstdCompressSync, 10_001, 0, 'batch_too_large'],
  ];

  test.each(foreign)(
    'CARD-3.kafka · a batch of %s is handed on as one record, and nothing stops',
    async (_, type, pack, count, bytes, code) => {
      const [topic, keeper, tenant] = [await given.freshTopic(), new Keeper(), uuidv7()];
      const [before, after, later] = [event(tenant), event(tenant), event(tenant)];
      await bus.publish(topic, [before]);
      const mine = codecs[type]!;
      codecs[type] = () => ({ compress: async ({ buffer }: { buffer: Buffer }) => pack(buffer) });
      const producer = given.kafka.producer();
      await producer.connect();
      const value = Buffer.alloc(bytes);
      const messages = Array.from({ length: count }, () => ({ key: null, value }));
      await producer.send({ topic: PREFIX + topic, messages, compression: type });
      await producer.disconnect();
      codecs[type] = mine;
      await read(keeper, topic, 2);
      await bus.publish(topic, [after]);
      await read(keeper, topic, 3);
      await bus.publish(topic, [later]);
      await read(keeper, topic, 4);
      const [foreign] = keeper.got.splice(1, 1) as DeliveredMessage[];
      expect(idsOf(keeper.got)).toEqual(idsOf([before, after, later]));
      expect([foreign!.unreadable, foreign!.offset]).toEqual([code, BigInt(count)]);
      expect(Buffer.from(foreign!.leaf).readInt32BE(57)).toBe(count);
      expect(keeper.codes).toEqual([]);
    },
    60_000,
  );

  test('CARD-3.kafka · what a transaction leaves behind is passed over, whether it was broken off or not', async () => {
    const [topic, keeper, after] = [await given.freshTopic(), new Keeper(), event()];
    const producer = given.kafka.producer({ transactionalId: 'stranger', maxInFlightRequests: 1, idempotent: true });
    await producer.connect();
    for (const end of ['abort', 'commit'] as const) {
      const transaction = await producer.transaction();
      await transaction.send({ topic: PREFIX + topic, messages: [{ value: end }] });
      await transaction[end]();
    }
    await producer.disconnect();
    await bus.publish(topic, [after]);
    await read(keeper, topic, 2);
    expect(Buffer.from(keeper.got[0]!.leaf).toString()).toBe('commit');
    expect(keeper.got[1]!.eventId).toBe(after.eventId);
    await bus.publish(topic, [event()]);
    await read(keeper, topic, 3);
    expect(keeper.codes).toEqual([]);
  }, 60_000);
});

test('CARD-3.kafka · a reader that never stored a position begins where the log does; one that did finds a gap', async () => {
  const topic = await given.freshTopic();
  await bus.publish(topic, [event(), event(), event()]);
  await deleteUntil(topic, '2');
  const keeper = new Keeper();
  const begun: unknown[] = [];
  const begin = async (partition: number, at: LogBeginning): Promise<void> => {
    begun.push(at);
    keeper.positions.set(partition, { ...at, last: '' });
  };
  const subscription = bus.subscribe({ ...keeper.options(topic), begin });
  await until(() => keeper.got.length === 1, 'the last came');
  await subscription.stop();
  expect(begun).toEqual([{ next: 2n, log: expect.stringMatching(/.+\/.+/) }]);
});

test('CARD-3.kafka · a stop does not wait for brokers that are away', async () => {
  const other = await givenKafka();
  const [alone, keeper] = [other.open(), new Keeper()];
  const topic = await other.freshTopic();
  const subscription = alone.subscribe(keeper.options(topic));
  await alone.publish(topic, [event()]);
  await until(() => keeper.got.length === 1, 'it reads');
  await other.cluster.brokers[0]!.kill();
  const publishing = alone.publish(topic, [event()]).catch((error: Error) => error.name);
  await new Promise((resolve) => setTimeout(resolve, 500));
  const begun = performance.now();
  await subscription.stop();
  await alone.close();
  expect(await publishing).toMatch(/./);
  expect(performance.now() - begun).toBeLessThan(19_000);
  await other.stop();
}, 180_000);

describe('a broker that went back halts the reader', () => {
  test('CARD-3.kafka · a topic that was deleted and made again is another log, also once it is as long', async () => {
    const [topic, keeper] = [await given.freshTopic(), new Keeper()];
    await bus.publish(topic, [event(), event()]);
    await read(keeper, topic, 2);
    await given.admin.deleteTopics({ topics: [PREFIX + topic] });
    await remade(topic);
    await given.open().publish(topic, [event(), event(), event()]);
    expect(await halt(keeper, topic)).toBe('bus_log_replaced');
    expect(keeper.got).toHaveLength(2);
  });

  test('CARD-3.kafka · events that were deleted unread are a gap', async () => {
    const [topic, keeper] = [await given.freshTopic(), new Keeper()];
    await bus.publish(topic, [event(), event(), event()]);
    await deleteUntil(topic, '2');
    expect(await halt(keeper, topic)).toBe('bus_events_gone');
    expect(keeper.got).toHaveLength(0);
  });

  test('CARD-3.kafka · another event before the position: the log was set back and filled again', async () => {
    const [topic, keeper] = [await given.freshTopic(), new Keeper()];
    await bus.publish(topic, [event(), event(), event()]);
    await read(keeper, topic, 3);
    keeper.positions.set(0, { ...keeper.positions.get(0)!, next: 2n });
    await bus.publish(topic, [event()]);
    expect(await halt(keeper, topic)).toBe('bus_log_differs');
    expect(keeper.got).toHaveLength(3);
  });

  test('CARD-3.kafka · is noticed while nothing is published, too', async () => {
    const [topic, keeper] = [await given.freshTopic(), new Keeper()];
    await bus.publish(topic, [event(), event()]);
    const subscription = bus.subscribe(keeper.options(topic));
    await until(() => keeper.got.length === 2, 'both came');
    await given.admin.deleteTopics({ topics: [PREFIX + topic] });
    await remade(topic);
    await until(() => keeper.codes.includes('bus_log_replaced'), 'it halts');
    expect(subscription.stalled()).toContain('position');
    await subscription.stop();
  }, 60_000);
});

async function deleteUntil(topic: string, offset: string): Promise<void> {
  const admin = given.kafka.admin();
  await admin.connect();
  await admin.fetchTopicOffsets(PREFIX + topic);
  await admin.deleteTopicRecords({ topic: PREFIX + topic, partitions: [{ partition: 0, offset }] });
  await admin.disconnect();
}

/** Deleting takes the broker a moment. */
async function remade(topic: string): Promise<void> {
  for (let made = false; !made;) {
    made = await given.admin.createTopics({ topics: [{ topic: PREFIX + topic, numPartitions: 1 }] }).catch(() => false);
  }
}

/** Literals only, in the framing that Kafka's Java client uses (snappy-java). */
function snappyOf(bytes: Buffer): Buffer {
  const chunk = Buffer.concat([varint(bytes.length), Buffer.from([62 << 2, ...lengthOf(bytes.length - 1)]), bytes]);
  const size = Buffer.alloc(4);
  size.writeInt32BE(chunk.length);
  return Buffer.concat([
    Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1]),
    size,
    chunk,
  ]);
}

const lengthOf = (value: number): number[] => [value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff];

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (; value >= 0x80; value >>>= 7) bytes.push((value & 0x7f) | 0x80);
  return Buffer.from([...bytes, value]);
}
