import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createDatabase, type Database } from '@countersign/database';
import { startTestDatabase, type TestDatabase } from '@countersign/database/testing';
import {
  BEGINNING,
  eventBusContract,
  type EventBus,
  type EventMessage,
  type MessageBatch,
  type StoredPosition,
  type SubscribeOptions,
} from '@countersign/event-bus';
import { utf8, uuidv7 } from '@countersign/kernel';
import pg from 'pg';
import { postgresBus } from '../src/index.js';

const topics = eventBusContract.map((_, i) => `source_${i}`);
let db: TestDatabase;
let reader: EventBus;
const relays = new Map<string, Database>();

/** Publishes as the relay of the topic, which is the only one that may. */
const publish = (topic: string, messages: readonly EventMessage[]): Promise<void> => {
  const relay = relays.get(topic) ?? createDatabase({ url: db.relayUrl(topic), schema: topic, max: 1 });
  relays.set(topic, relay);
  return postgresBus(relay).publish(topic, messages);
};

beforeAll(async () => {
  db = await startTestDatabase([...topics, 'reading', 'forger', 'victim', 'talking', 'gone', 'aged', 'emptied']);
  reader = postgresBus(db.open('reading', 4), { lookMs: 200 });
});
afterAll(async () => {
  await reader.close();
  await Promise.all([...relays.values()].map((relay) => relay.close()));
  await db.stop();
});

describe('the event bus in PostgreSQL keeps the contract', () => {
  const left = [...topics];
  test.each(eventBusContract)('$name', async ({ run }) => {
    const bus: EventBus = { ...reader, publish, subscribe: (options: SubscribeOptions) => reader.subscribe(options) };
    await expect(run({ bus, freshTopic: async () => left.shift()! })).resolves.toBeUndefined();
  });
});

const event = (): EventMessage => ({ eventId: uuidv7(), tenant: uuidv7(), type: 'test.forged', leaf: utf8('{}') });

async function as(url: string, sql: string): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return await client.query(sql).finally(() => client.end());
}

test("no service can write another's topic, nor its own as anything but its relay, nor touch the tables", async () => {
  const relay = createDatabase({ url: db.relayUrl('forger'), schema: 'forger', max: 1 });
  await expect(postgresBus(relay).publish('victim', [event()])).rejects.toMatchObject({ code: '42501' });
  await relay.close();
  await expect(postgresBus(db.open('victim')).publish('victim', [event()])).rejects.toMatchObject({ code: '42501' });
  for (const url of [db.url('reading'), db.relayUrl('forger')]) {
    await expect(as(url, 'select 1 from bus.message')).rejects.toMatchObject({ code: '42501' });
    await expect(as(url, 'select bus.maintain()')).rejects.toMatchObject({ code: '42501' });
  }
  await expect(as(db.relayUrl('forger'), `select bus.read('victim', 0, 1)`)).rejects.toMatchObject({ code: '42501' });
});

/** Connections that have asked to be notified. */
async function listening(): Promise<number> {
  const own = `datname = current_database() and query = 'listen bus' and state = 'idle'`;
  return Number((await as(db.adminUrl, `select count(*) from pg_stat_activity where ${own}`)).rows[0].count);
}

test('a message is heard at once: nobody has to wait for the poll', async () => {
  const [patient, listeners] = [postgresBus(db.open('reading', 3), { pollMs: 3_600_000 }), await listening()];
  const offsets: bigint[] = [];
  let heard = (): void => undefined;
  const third = new Promise<void>((resolve) => (heard = resolve));
  const handle = async ({ messages }: MessageBatch) => {
    offsets.push(...messages.map(({ offset }) => offset));
    if (offsets.length === 3) heard();
  };
  patient.subscribe({
    topic: 'talking',
    consumer: 'ear',
    position: async () => ({ ...BEGINNING, next: BigInt(offsets.length) }),
    handle,
  });
  while ((await listening()) <= listeners) await new Promise((resolve) => setTimeout(resolve, 10));
  for (let i = 0; i < 3; i++) await publish('talking', [event()]);
  await third;
  await patient.close();
  expect(offsets).toEqual([0n, 1n, 2n]);
});

test('a reader whose events are no longer there stops at the gap and says so', async () => {
  await publish('gone', [event(), event(), event()]);
  await as(db.adminUrl, `delete from bus.message where topic = 'gone' and "offset" < 2`);
  const told: unknown[] = [];
  const options = { topic: 'gone', consumer: 'late', position: async () => BEGINNING, handle: async () => undefined };
  const subscription = reader.subscribe({ ...options, onError: (error) => void told.push(error) });
  while (told.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(subscription.stalled()).toBe('events 0 to 1 are no longer there');
  await subscription.stop();
});

test('CARD-6.consumer · a reader that came on and then halts stays halted until somebody looks: it is told once', async () => {
  let position: StoredPosition = BEGINNING;
  const heard: unknown[] = [];
  const told: unknown[] = [];
  const looks: unknown[] = [];
  const patient = postgresBus(db.open('reading', 3), { pollMs: 50, lookMs: 50 });
  const subscription = patient.subscribe({
    topic: 'emptied',
    consumer: 'ear',
    position: async () => position,
    handle: async ({ next, log, messages }) => void (position = { next, log, last: messages.at(-1)!.eventId }),
    halt: async (_, code) => void looks.push(code),
    onHalt: (_, code) => void heard.push(code),
    onError: (error) => void told.push(error),
  });
  for (const next of [1n, 2n]) {
    await publish('emptied', [event()]);
    while (position.next < next) await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await as(
    db.adminUrl,
    `delete from bus.message where topic = 'emptied'; delete from bus.topic where name = 'emptied'`,
  );
  while (looks.length < 3) await new Promise((resolve) => setTimeout(resolve, 10));
  const heardOnce = [...heard];
  await subscription.stop();
  await patient.close();
  expect([heardOnce, told.length]).toEqual([['bus_position_past_end'], 1]);
});

test('a reader that never stored a position begins with the oldest event there is', async () => {
  const sent = [event(), event(), event()];
  await publish('aged', sent);
  await as(db.adminUrl, `delete from bus.message where topic = 'aged' and "offset" < 2`);
  let position: StoredPosition = BEGINNING;
  const got: MessageBatch[] = [];
  const subscription = reader.subscribe({
    topic: 'aged',
    consumer: 'new',
    position: async () => position,
    begin: async (_, at) => void (position = { ...at, last: '' }),
    handle: async (batch) => void got.push(batch),
  });
  while (got.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  await subscription.stop();
  expect(position).toEqual({ next: 2n, log: '', last: '' });
  expect(got.map(({ from, messages }) => [from, messages[0]!.eventId])).toEqual([[2n, sent[2]!.eventId]]);
});

test('retention drops whole days, and only those past it', async () => {
  const partitions = async () =>
    (
      await as(
        db.adminUrl,
        `select inhrelid::regclass::text as name from pg_inherits where inhparent = 'bus.message'::regclass`,
      )
    ).rows;
  const before = await partitions();
  await as(
    db.adminUrl,
    `set role cs_bus_owner;
     create table bus.message_20200101 partition of bus.message for values from ('2020-01-01 00:00+00') to ('2020-01-02 00:00+00');
     select bus.maintain()`,
  );
  expect(await partitions()).toEqual(before);
});
