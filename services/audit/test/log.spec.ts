import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeLeaf, type EventFields } from '@countersign/contracts';
import { withClient, type Database } from '@countersign/database';
import { ConsumerPosition, type DeliveredMessage, type MessageBatch } from '@countersign/event-bus';
import { canonicalBytes, uuidv7 } from '@countersign/kernel';
import { TestInstallation } from '@countersign/service-testing';
import { logOf } from '../src/domain/sort-known.js';
import { service } from '../src/index.js';
import { takeBatch } from '../src/store/log-writer.js';

let installation: TestInstallation;
let database: Database;
beforeAll(async () => {
  installation = await TestInstallation.open(['audit', 'challenge']);
  database = installation.database.open('audit');
});
afterAll(() => installation.stop());

const fields = (tenant: string, more: Partial<EventFields> = {}): EventFields => ({
  source: 'challenge',
  type: 'challenge.refused',
  tenant,
  outcome: 'refused',
  request: uuidv7(),
  code: 'challenge_spent',
  ...more,
});

const message = (offset: bigint, tenant: string, changes: Partial<DeliveredMessage> = {}): DeliveredMessage => ({
  offset,
  ...makeLeaf(fields(tenant)),
  ...changes,
});
const batchOf = (from: bigint, messages: DeliveredMessage[]): MessageBatch => ({
  topic: 'challenge',
  partition: 0,
  log: '',
  from,
  next: from + BigInt(messages.length),
  messages,
});

interface Row {
  index: bigint;
  event_id: string;
}
const rows = (sql: string, values: unknown[] = []): Promise<Row[]> =>
  withClient(installation.database.adminUrl, async (client) => (await client.query<Row>(sql, values)).rows);
const logOfTenant = (tenant: string): Promise<Row[]> =>
  rows('select index, event_id from audit.leaf where tenant = $1 order by index', [tenant]);

describe('the log', () => {
  test('CARD-6.consumer · keeps leaves in the order they came, each once, whatever is delivered again', async () => {
    const tenants = [uuidv7(), uuidv7()];
    const sent = Array.from({ length: 20 }, (_, i) => message(BigInt(i), tenants[i % 2]!));
    const position = new ConsumerPosition('order', 'challenge');
    await takeBatch(database, position, batchOf(0n, sent.slice(0, 12)));
    const again = [...sent.slice(8, 12), ...sent.slice(12)].map((each, i) => ({ ...each, offset: BigInt(12 + i) }));
    expect(await takeBatch(database, position, batchOf(12n, again))).toEqual({ appended: 8, quarantined: 0 });
    for (const [i, tenant] of tenants.entries()) {
      const log = await logOfTenant(tenant);
      expect(log.map(({ event_id }) => event_id)).toEqual(
        sent.filter((_, n) => n % 2 === i).map(({ eventId }) => eventId),
      );
      expect(log.map(({ index }) => Number(index))).toEqual(log.map((_, n) => n));
    }
  });

  test('a zombie that took the same batch leaves nothing behind', async () => {
    const tenant = uuidv7();
    const position = new ConsumerPosition('zombie', 'challenge');
    const batch = batchOf(0n, [message(0n, tenant), message(1n, tenant)]);
    const both = await Promise.allSettled([takeBatch(database, position, batch), takeBatch(database, position, batch)]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await logOfTenant(tenant)).toHaveLength(2);
  });

  test('two topics that bring the same tenants in opposite orders do not wait for each other', async () => {
    const tenants = [uuidv7(), uuidv7()].sort();
    for (let round = 0; round < 10; round++) {
      const [one, other] = [
        new ConsumerPosition(`one-${round}`, 'challenge'),
        new ConsumerPosition(`other-${round}`, 'challenge'),
      ];
      await Promise.all([
        takeBatch(
          database,
          one,
          batchOf(
            0n,
            tenants.map((tenant, i) => message(BigInt(i), tenant)),
          ),
        ),
        takeBatch(
          database,
          other,
          batchOf(
            0n,
            [...tenants].reverse().map((tenant, i) => message(BigInt(i), tenant)),
          ),
        ),
      ]);
    }
    for (const tenant of tenants)
      expect((await logOfTenant(tenant)).map(({ index }) => Number(index))).toEqual([...Array(20).keys()]);
  });
});

describe('the service’s own role', () => {
  test('CARD-6.consumer · appends as a replica of the version before does, behind what is there, for the tenant it names', async () => {
    const [tenant, stranger] = [uuidv7(), uuidv7()];
    const sent = [0n, 1n, 2n].map((offset) => message(offset, tenant));
    await takeBatch(database, new ConsumerPosition('upgrade', 'challenge'), batchOf(0n, sent.slice(0, 1)));
    const leaves = sent.slice(1).map(({ eventId: event_id }) => ({
      event_id,
      tenant: stranger,
      source: 'challenge',
      type: 'challenge.refused',
      time: new Date().toISOString(),
      outcome: 'refused',
    }));
    const bytes = sent.slice(1).map(({ leaf }) => Buffer.from(leaf));
    const append = { name: 'append', text: 'select append($1, $2, $3, $4, $5)' };
    const sealed = [null, Buffer.from('sealed')];
    await database.query(append, [tenant, logOf(new Date()), JSON.stringify(leaves), bytes, sealed]);
    expect(
      await rows('select index, event_id, leaf from audit.leaf where tenant = $1 order by index', [tenant]),
    ).toEqual(sent.map(({ eventId, leaf }, n) => ({ index: String(n), event_id: eventId, leaf: Buffer.from(leaf) })));
    expect(await logOfTenant(stranger)).toEqual([]);
    const details = await rows('select event_id, tenant, sealed from audit.details where tenant = $1', [tenant]);
    expect(details).toEqual([{ event_id: sent[2]!.eventId, tenant, sealed: sealed[1] }]);
  });

  test.each([
    [
      'writes no leaf past the function that orders them',
      `insert into leaf (event_id, tenant, log, index) values ($1, $1, 'x', 0)`,
    ],
    ['changes no leaf', `update leaf set leaf = '' where tenant = $1`],
    ['deletes no leaf', 'delete from leaf where tenant = $1'],
    ['sets the head of no log back', 'update log_head set next_index = 0 where tenant = $1'],
  ])('CARD-6.consumer · %s', async (what, text) => {
    const statement = { name: what, text };
    await expect(database.query(statement, [uuidv7()])).rejects.toMatchObject({ code: '42501' });
  });
});

describe('what cannot be logged as what it says it is', () => {
  const good = makeLeaf(fields(uuidv7()));
  const json = JSON.parse(Buffer.from(good.leaf).toString()) as Record<string, unknown>;
  const spaced = Buffer.from(JSON.stringify(json, null, 1));
  const other = uuidv7();
  const cases: [string, string, Partial<DeliveredMessage>][] = [
    ['is no JSON', 'not_leaf_v1', { leaf: Buffer.from('{') }],
    ['is not canonical', 'not_leaf_v1', { leaf: spaced }],
    ['is another version', 'not_leaf_v1', { leaf: canonicalBytes({ ...json, v: 2 }) }],
    ['has an unknown member', 'not_leaf_v1', { leaf: canonicalBytes({ ...json, extra: 1 }) }],
    ['is not UTF-8', 'not_leaf_v1', { leaf: Buffer.from([0x7b, 0xff, 0x7d]) }],
    ['names another source than its topic', 'source_forged', { leaf: canonicalBytes({ ...json, source: 'session' }) }],
    [
      'names a type its source does not write',
      'type_not_of_source',
      { type: 'session.established', leaf: canonicalBytes({ ...json, type: 'session.established' }) },
    ],
    ['stands beside another tenant', 'envelope_differs', { tenant: other }],
    ['stands beside another id', 'envelope_differs', { eventId: other }],
    ['has no instant as its time', 'time_invalid', { leaf: canonicalBytes({ ...json, time: 'now' }) }],
  ];

  test.each(cases)(
    'a leaf that %s is set aside byte for byte, and the rest moves on',
    async (what, reason, changes) => {
      const tenant = uuidv7();
      const position = new ConsumerPosition(`poison ${what}`, 'challenge');
      const from = BigInt(1_000 + cases.findIndex(([name]) => name === what) * 10);
      const bad = { ...message(from, tenant), ...good, ...changes, offset: from };
      await rows(`insert into audit.consumer_position values ($1, 'challenge', $2)`, [`poison ${what}`, from]);
      const taken = await takeBatch(database, position, batchOf(from, [bad, message(from + 1n, tenant)]));
      expect(taken).toEqual({ appended: 1, quarantined: 1 });
      const aside = await rows('select reason, leaf from audit.quarantine where "offset" = $1', [from]);
      expect(aside).toEqual([{ reason, leaf: Buffer.from(bad.leaf) }]);
    },
  );

  test('an event id that is taken by other bytes is set aside, in another tenant too', async () => {
    const [tenant, stranger] = [uuidv7(), uuidv7()];
    const position = new ConsumerPosition('reuse', 'challenge');
    const first = message(0n, tenant);
    const forged = { offset: 1n, ...makeLeaf(fields(stranger), new Date(), first.eventId) };
    expect(await takeBatch(database, position, batchOf(0n, [first, forged]))).toEqual({ appended: 1, quarantined: 1 });
    expect(await logOfTenant(stranger)).toEqual([]);
  });
});

describe('the running service', () => {
  test('BCB-8.append · takes what other services committed, and no role of it can change or delete a leaf', async () => {
    await installation.start(service);
    const tenant = uuidv7();
    const leaf = makeLeaf(fields(tenant));
    const relay = installation.database.relayUrl('challenge');
    await withClient(relay, (client) =>
      client.query('select bus.publish($1, $2, $3, $4, $5, $6)', [
        'challenge',
        [leaf.eventId],
        [tenant],
        [leaf.type],
        [Buffer.from(leaf.leaf)],
        [null],
      ]),
    );
    const end = Date.now() + 10_000;
    while ((await logOfTenant(tenant)).length === 0 && Date.now() < end) await sleep(50);
    expect(await logOfTenant(tenant)).toHaveLength(1);
    for (const sql of [
      'delete from leaf',
      "update leaf set leaf = ''",
      'truncate leaf',
      'drop table leaf',
      'alter table leaf disable row level security',
    ]) {
      await expect(database.inTenant(tenant, (tx) => tx.query({ name: '', text: sql }))).rejects.toThrow();
    }
    expect(await logOfTenant(tenant)).toHaveLength(1);
  });
});

describe('R18 · the log is partitioned from the start', () => {
  const partitions = (table: string) =>
    withClient(installation.database.adminUrl, async (client) => {
      const { rows: found } = await client.query<{ name: string }>(
        `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = $1::regclass order by 1`,
        [`audit.${table}`],
      );
      return found.map(({ name }) => name);
    });

  test.each(['leaf', 'details'])('R18 · %s has a partition a month, from last month to two ahead', async (table) => {
    const now = new Date();
    const months = [-1, 0, 1, 2].map((ahead) => {
      const month = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + ahead, 1)).toISOString();
      return `${table}_${month.slice(0, 4)}${month.slice(5, 7)}`;
    });
    expect(await partitions(table)).toEqual(months);
  });

  test('R18 · a search of one tenant reads partitions by index, none of them whole', async () => {
    const plan = await withClient(installation.database.adminUrl, async (client) => {
      await client.query('set enable_seqscan = off');
      const { rows: lines } = await client.query<{ 'QUERY PLAN': string }>(
        `explain select leaf from audit.leaf where tenant = $1 and subject = 'p_x' order by log desc, index desc limit 30`.replace(
          '$1',
          `'${uuidv7()}'`,
        ),
      );
      return lines.map((line) => line['QUERY PLAN']).join('\n');
    });
    expect(plan).not.toContain('Seq Scan');
    expect(plan).toContain('Index');
  });
});
