import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { checkRowSecurity, createDatabase, type Database } from '@countersign/database';
import type { TestDatabase } from '@countersign/database/testing';
import type { EventBus, EventMessage } from '@countersign/event-bus';
import { postgresBus } from '@countersign/event-bus-postgres';
import { uuidv7 } from '@countersign/kernel';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { appendEvent, countReplay, OutboxRelay, outboxSql, replay, type Backlog } from '../src/index.js';
import { event, left, repository, right, startSource } from './source.js';

const silent = { warn: () => undefined };
const SENT = { name: 'sent', text: 'select count(*)::int as unsent from outbox where sent_at is null' };

let db: TestDatabase;
let stop: () => Promise<void>;
let app: Database;
let relayPool: Database;
let bus: EventBus;
const relays: OutboxRelay[] = [];

beforeAll(async () => {
  ({ db, stop } = await startSource());
  app = db.open('source', 30);
  relayPool = createDatabase({ url: db.relayUrl('source'), schema: 'source', max: 4 });
  bus = postgresBus(relayPool);
});
afterAll(async () => {
  await relayPool.close();
  await stop();
});
beforeEach(async () => {
  await Promise.all(relays.splice(0).map((relay) => relay.stop()));
  await as('truncate source.outbox; truncate bus.message; truncate bus.topic');
});

async function as(sql: string): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: db.adminUrl });
  await client.connect();
  return await client.query(sql).finally(() => client.end());
}

function relay(options: Partial<ConstructorParameters<typeof OutboxRelay>[0]> = {}): OutboxRelay {
  const made = new OutboxRelay({ service: 'source', database: relayPool, bus, log: silent, ...options });
  relays.push(made);
  return made;
}

const append = (message: EventMessage) => app.inTenant(message.tenant, (tx) => appendEvent(tx, message));
const topicIds = async (): Promise<string[]> =>
  (await as('select event_id from bus.message order by "offset"')).rows.map((row) => row.event_id);

async function until(done: () => Promise<boolean>): Promise<void> {
  while (!(await done())) await sleep(20);
}
const allSent = async () => (await relayPool.query<{ unsent: number }>(SENT)).rows[0]!.unsent === 0;

describe('the outbox', () => {
  test('an event commits with its change or not at all, and only for its own tenant', async () => {
    const kept = { ...event(), sealed: new Uint8Array([1, 2, 3]) };
    await append(kept);
    const given = app.inTenant(left, async (tx) => {
      await appendEvent(tx, event());
      throw new Error('the change failed');
    });
    await expect(given).rejects.toThrow('the change failed');
    const rows = await as('select event_id, tenant, type, leaf, sealed from source.outbox');
    const { eventId, tenant, type } = kept;
    const [leaf, sealed] = [Buffer.from(kept.leaf), Buffer.from([1, 2, 3])];
    expect(rows.rows).toEqual([{ event_id: eventId, tenant, type, leaf, sealed }]);
    const forged = {
      name: 'forge',
      text: `insert into outbox (event_id, tenant, type, leaf) values ($1, $2, 'x', 'x')`,
    };
    await expect(app.inTenant(left, (tx) => tx.query(forged, [uuidv7(), right]))).rejects.toMatchObject({
      code: '42501',
    });
  });

  test('BCB-16.rows · its tables pass the walk, and the relay sees all rows but may only mark them', async () => {
    for (const tenant of [left, right]) await append(event(tenant));
    const known = {
      'source.outbox': 'tenant',
      'source.outbox_lease': 'closed',
      'source.consumer_position': 'shared',
    } as const;
    const { findings } = await checkRowSecurity(db.adminUrl, db.name, {
      ...known,
      'bus.topic': 'closed',
      'bus.message': 'closed',
    });
    expect(findings).toEqual([]);
    expect((await relayPool.query<{ unsent: number }>(SENT)).rows).toEqual([{ unsent: 2 }]);
    for (const text of ['delete from outbox', `update outbox set leaf = 'x'`, 'select * from consumer_position']) {
      await expect(relayPool.query({ name: text, text })).rejects.toMatchObject({ code: '42501' });
    }
    await expect(app.query({ name: 'maintain', text: 'select outbox_maintain()' })).rejects.toMatchObject({
      code: '42501',
    });
  });

  test('an event id is taken once', async () => {
    const once = event();
    await append(once);
    await expect(append(once)).rejects.toMatchObject({ code: '23505' });
  });

  test("every service's copy of the migration is the template, byte for byte", () => {
    const services = readdirSync(join(repository, 'services')).map((name) =>
      join(repository, 'services', name, 'prisma/migrations'),
    );
    const copies = services.filter(existsSync).flatMap((migrations) =>
      readdirSync(migrations)
        .filter((name) => name.endsWith('_outbox'))
        .map((name) => join(migrations, name, 'migration.sql')),
    );
    for (const copy of copies) expect({ copy, sql: readFileSync(copy, 'utf8') }).toEqual({ copy, sql: outboxSql() });
    expect(outboxSql()).toContain('force row level security');
  });
});

describe('the relay', () => {
  test('F1 · 24 overlapping writers with random commit delays: nothing lost, and what happened before comes before', async () => {
    relay();
    const committed: EventMessage[][] = [];
    const end = Date.now() + 8_000;
    const writer = async (n: number) => {
      const own: EventMessage[] = [];
      while (Date.now() < end) {
        const message = event(n % 2 ? left : right);
        await app.inTenant(message.tenant, async (tx) => {
          await appendEvent(tx, message);
          await sleep(Math.random() * 20);
        });
        own.push(message);
      }
      committed.push(own);
    };
    await Promise.all(Array.from({ length: 24 }, (_, n) => writer(n)));
    await until(allSent);
    const place = new Map((await topicIds()).map((id, index) => [id, index]));
    const all = committed.flat();
    expect(all.length).toBeGreaterThan(500);
    expect(place.size).toBe(all.length);
    for (const own of committed) {
      const places = own.map(({ eventId }) => place.get(eventId)!);
      expect(places).toEqual([...places].sort((a, b) => a - b));
    }
  });

  test('a relay that dies between publishing and marking loses nothing: the next sends the batch again', async () => {
    const messages = [event(), event(right), event()];
    for (const message of messages) await append(message);
    const dying = {
      publish: async (topic: string, batch: readonly EventMessage[]) => {
        await bus.publish(topic, batch);
        throw new Error('killed before it could mark');
      },
    };
    const first = relay({ bus: dying, leaseMs: 300 });
    await until(async () => (await topicIds()).length >= 3);
    expect(await allSent()).toBe(false);
    relay({ leaseMs: 300 });
    await first.stop();
    await until(allSent);
    expect([...new Set(await topicIds())]).toEqual(messages.map(({ eventId }) => eventId));
  });

  test('of two relays one works; the other takes over when the lease of a dead leader runs out', async () => {
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    const counts = { stuck: 0, heir: 0 };
    const stuck = {
      publish: async () => {
        counts.stuck += 1;
        await gate;
        throw new Error('woke up too late');
      },
    };
    await append(event());
    // It runs out soon after the test has looked: a machine that pauses would let a short one end before the look.
    const leaseMs = 60_000;
    const leader = relay({ bus: stuck, leaseMs });
    await until(async () => counts.stuck === 1);
    relay({ leaseMs, onSent: (count) => void (counts.heir += count) });
    await sleep(200);
    expect(await topicIds()).toEqual([]);
    await as(`update source.outbox_lease set until = clock_timestamp() + interval '300 milliseconds'`);
    await until(allSent);
    expect(counts).toEqual({ stuck: 1, heir: 1 });
    open();
    await leader.stop();
    expect(await topicIds()).toHaveLength(1);
  });

  test('stop sends what is there and gives the lease back at once', async () => {
    const first = relay({ leaseMs: 60_000 });
    await until(async () => (await as('select holder from source.outbox_lease')).rows[0].holder !== null);
    const last = event();
    await append(last);
    await first.stop();
    expect(await topicIds()).toEqual([last.eventId]);
    const next = event();
    await append(next);
    await relay({ leaseMs: 60_000 }).stop();
    expect(await topicIds()).toEqual([last.eventId, next.eventId]);
  });

  test('a bus that is down is told of, waited for, and loses nothing; the backlog is measured', async () => {
    let down = true;
    const told: object[] = [];
    const backlogs: Backlog[] = [];
    const shaky = {
      publish: async (topic: string, batch: readonly EventMessage[]) => {
        if (down) throw new Error('the bus is down');
        await bus.publish(topic, batch);
      },
    };
    await append(event());
    relay({
      bus: shaky,
      log: { warn: (_event, fields) => void told.push(fields) },
      onBacklog: (backlog) => void backlogs.push(backlog),
    });
    await until(async () => told.length >= 2);
    expect(backlogs).toEqual([{ unsent: 1, oldestSeconds: expect.any(Number) }]);
    down = false;
    await until(allSent);
    expect(await topicIds()).toHaveLength(1);
  });
});

describe('a replay', () => {
  test('sends again what was sent, oldest first, and nothing that was written earlier than asked', async () => {
    const early = [event(), event()];
    for (const message of early) await append(message);
    relay();
    await until(allSent);
    await Promise.all(relays.splice(0).map((each) => each.stop()));
    await sleep(5);
    const [{ now }] = (await as('select clock_timestamp() as now')).rows;
    const late = [event(), event(right)];
    for (const message of late) await append(message);
    const all = new Date(0);
    expect([await countReplay(relayPool, all), await replay(relayPool, all, () => undefined)]).toEqual([2, 2]);
    relay();
    await until(allSent);
    const ids = (messages: EventMessage[]) => messages.map(({ eventId }) => eventId);
    expect(await topicIds()).toEqual([...ids(early), ...ids(early), ...ids(late)]);
    expect(await countReplay(relayPool, now)).toBe(2);
  });

  test('goes through more rows than a page, tells how far it is, and leaves what was sent meanwhile', async () => {
    const rows = `select gen_random_uuid(), '${left}', 'test.happened', 'x', clock_timestamp() from generate_series(1, 2500)`;
    await as(`insert into source.outbox (event_id, tenant, type, leaf, sent_at) ${rows}`);
    const last = `'ffffffff-ffff-7fff-bfff-ffffffffffff', '${left}', 'test.happened', 'x', clock_timestamp() + interval '1 minute'`;
    await as(`insert into source.outbox (event_id, tenant, type, leaf, sent_at) values (${last})`);
    const told: number[] = [];
    expect(await replay(relayPool, new Date(0), (events) => void told.push(events))).toBe(2_500);
    expect(told).toEqual([2_000, 2_500]);
    expect(await replay(relayPool, new Date(0), () => undefined)).toBe(0);
    expect((await relayPool.query<{ unsent: number }>(SENT)).rows).toEqual([{ unsent: 2_500 }]);
    await as('truncate source.outbox');
  });
});
