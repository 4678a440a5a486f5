import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createDatabase, withClient, type Database } from '@countersign/database';
import { startTestDatabase, type TestDatabase } from '@countersign/database/testing';
import type { EventMessage } from '@countersign/event-bus';
import { refuse, utf8, uuidv7 } from '@countersign/kernel';
import { appendEvent, manifestSql, OutboxRelay, outboxSql, type Held, type Manifest } from '../src/index.js';
import { closeMinutes, reopen, retireDays, settle, type Answer } from '../src/manifest-rows.js';

const repository = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const folder = mkdtempSync(join(tmpdir(), 'countersign-manifest-'));
for (const [name, sql] of [
  ['20261101000000_outbox', outboxSql()],
  ['20261101000001_outbox_manifest', manifestSql()],
] as const) {
  mkdirSync(join(folder, name));
  writeFileSync(join(folder, name, 'migration.sql'), sql);
}

const MINUTE = 60_000;
const DAY = 86_400_000;
const tenant = uuidv7();

/** A minute that is over, the given number of them ago. */
const minutesAgo = (count: number): number => Math.floor(Date.now() / MINUTE) * MINUTE - count * MINUTE;

function idAt(ms: number): string {
  const hex = Math.floor(ms).toString(16).padStart(12, '0');
  const random = randomBytes(10).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7${random.slice(0, 3)}-8${random.slice(3, 6)}-${random.slice(6, 18)}`;
}

/** Computed apart from the SQL: SHA-256 over the ids in order, 16 bytes each. */
const digestOf = (ids: readonly string[]): Buffer =>
  createHash('sha256')
    .update(Buffer.from([...ids].sort().join('').replaceAll('-', ''), 'hex'))
    .digest();

/** Audit and the bus before it, in memory: what is swallowed was acknowledged and never arrived. */
class FakeAudit {
  readonly ids = new Set<string>();
  readonly asked: Manifest[] = [];
  swallows = false;
  away = false;

  bus = {
    publish: async (_topic: string, messages: readonly EventMessage[]) => {
      if (!this.swallows) for (const { eventId } of messages) this.ids.add(eventId);
    },
  };

  async compare(manifest: Manifest): Promise<Held> {
    if (this.away) throw new Error('audit is away');
    this.asked.push(manifest);
    const [from, until] = [idFloor(manifest.from), idFloor(manifest.until)];
    const ids = [...this.ids].filter((id) => id >= from && id < until);
    return { equal: digestOf(ids).equals(manifest.digest), events: ids.length, passed: true };
  }

  missing = async (ids: readonly string[]): Promise<string[]> => ids.filter((id) => !this.ids.has(id));
}
const idFloor = (at: Date): string => {
  const hex = at.getTime().toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}`;
};

let db: TestDatabase;
let app: Database;
let pool: Database;
let audit: FakeAudit;
const relays: OutboxRelay[] = [];
const alarms: [string, Record<string, unknown>][] = [];

beforeAll(async () => {
  db = await startTestDatabase(['source'], { migrations: { source: folder } });
  app = db.open('source', 4);
  pool = createDatabase({ url: db.relayUrl('source'), schema: 'source', max: 4 });
});
afterAll(async () => {
  await pool.close();
  await db.stop();
  rmSync(folder, { recursive: true });
});
beforeEach(async () => {
  audit = new FakeAudit();
  alarms.length = 0;
  await as('truncate source.outbox, source.outbox_manifest');
});
afterEach(() => Promise.all(relays.splice(0).map((relay) => relay.stop())));

const as = <T>(sql: string): Promise<T[]> =>
  withClient(db.adminUrl, async (client) => (await client.query(sql)).rows as T[]);

const alarm = {
  warn: (event: string, fields: Record<string, unknown>) => void alarms.push([event, fields]),
  error: (event: string, fields: Record<string, unknown>) => void alarms.push([event, fields]),
};
const alarmed = (event: string): Record<string, unknown>[] =>
  alarms.filter(([name]) => name === event).map(([, fields]) => fields);

const missed: number[] = [];
function relay(more: Partial<ConstructorParameters<typeof OutboxRelay>[0]> = {}): OutboxRelay {
  missed.length = 0;
  const onMissing = (count: number): void => void missed.push(count);
  const manifests = { log: audit, alarm, onMissing, graceMs: 0, everyMs: 80, patienceMs: 100 };
  const made = new OutboxRelay({ service: 'source', database: pool, bus: audit.bus, log: alarm, manifests, ...more });
  relays.push(made);
  return made;
}

async function append(...ids: string[]): Promise<string[]> {
  for (const eventId of ids) {
    const message = { eventId, tenant, type: 'test.happened', leaf: utf8('{"v":1}') };
    await app.inTenant(tenant, (tx) => appendEvent(tx, message));
  }
  return ids;
}
const sent = (): Promise<unknown> => as('update source.outbox set sent_at = now() where sent_at is null');

interface Row {
  from_at: Date;
  until_at: Date;
  events: number | null;
  digest: Buffer | null;
  covered_at: Date | null;
}
const manifests = (): Promise<Row[]> => as<Row>('select * from source.outbox_manifest order by from_at');
const uncovered = async (): Promise<Row[]> => (await manifests()).filter(({ covered_at }) => covered_at === null);
const cover = async (): Promise<void> => {
  for (let due = await closeMinutes(pool, 0, 30); due.length > 0; due = await closeMinutes(pool, 0, 30)) {
    await settle(
      pool,
      due.map((about): Answer => ({ about, covered: true, askInMs: 0 })),
    );
  }
};
/** The limit is the test's own. */
async function until(done: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await done())) await sleep(20);
}

describe('minutes', () => {
  test('CARD-6.consumer · are closed in order without a gap, each with count and digest of its ids; silence is one row of up to an hour', async () => {
    const start = minutesAgo(150);
    const first = await append(idAt(start + 59_999), idAt(start), idAt(start + 7));
    const second = await append(idAt(start + 2 * MINUTE));
    await sent();
    await closeMinutes(pool, 0, 30);
    await closeMinutes(pool, 0, 30);
    const rows = await manifests();
    const spans = rows.map(({ from_at, until_at }) => [from_at.getTime(), until_at.getTime()]);
    expect(spans[0]).toEqual([start, start + MINUTE]);
    expect(spans.slice(1).map(([from]) => from)).toEqual(spans.slice(0, -1).map(([, end]) => end));
    expect(minutesAgo(0) - spans.at(-1)![1]!).toBeLessThanOrEqual(MINUTE);
    expect(rows.length).toBeLessThan(10);
    for (const [from, end] of spans) expect(Math.floor(from! / 3_600_000)).toBe(Math.floor((end! - 1) / 3_600_000));
    const found = rows.filter(({ events }) => events! > 0);
    expect(found.map(({ events, digest }) => ({ events, digest }))).toEqual([
      { events: 3, digest: digestOf(first) },
      { events: 1, digest: digestOf(second) },
    ]);
    for (const { events, digest } of rows) if (events === 0) expect(digest).toEqual(digestOf([]));
  });

  test('CARD-6.consumer · stay open while an event of them is unsent, and so do all after it', async () => {
    const start = minutesAgo(20);
    await append(idAt(start));
    await sent();
    await append(idAt(start + 2 * MINUTE), idAt(start + 4 * MINUTE));
    await closeMinutes(pool, 0, 30);
    expect((await manifests()).at(-1)!.until_at.getTime()).toBe(start + 2 * MINUTE);
    await sent();
    await closeMinutes(pool, 0, 30);
    expect((await manifests()).at(-1)!.until_at.getTime()).toBeGreaterThan(start + 5 * MINUTE);
  });

  test('CARD-6.consumer · without any event one row shows that the service was there', async () => {
    await closeMinutes(pool, 0, 30);
    expect(await manifests()).toMatchObject([{ events: 0 }]);
  });

  test('CARD-6.consumer · that were closed are opened by an event that comes late, also before the first one', async () => {
    const start = minutesAgo(30);
    const on = await append(idAt(start));
    await sent();
    await cover();
    const late = await append(idAt(start + 10 * MINUTE), idAt(start - 5 * MINUTE));
    await reopen(pool, late);
    expect(await closeMinutes(pool, 0, 30)).toEqual([]);
    await sent();
    const due = await closeMinutes(pool, 0, 30);
    expect(due.map(({ events }) => events)).toEqual([1, 1]);
    expect(due[0]).toMatchObject({ from: new Date(start - 5 * MINUTE), digest: digestOf([late[1]!]) });
    expect((await manifests()).find(({ from_at }) => from_at.getTime() === start)!.digest).toEqual(digestOf(on));
  });

  test('CARD-6.consumer · an answer to what was counted before does not cover what was counted after', async () => {
    const start = minutesAgo(30);
    await append(idAt(start));
    await sent();
    const [about] = await closeMinutes(pool, 0, 30);
    const late = await append(idAt(start + 1));
    await sent();
    await reopen(pool, late);
    const state = await settle(pool, [{ about: about!, covered: true, askInMs: 0 }]);
    expect(state.uncoveredSeconds).toBeGreaterThan(0);
    expect((await closeMinutes(pool, 0, 30)).map(({ events }) => events)).toContain(2);
  });

  test('CARD-6.consumer · are not asked about while events wait to be sent, and a difference then counts for nothing', async () => {
    await append(idAt(minutesAgo(30)));
    await sent();
    const [about] = await closeMinutes(pool, 0, 30);
    await settle(pool, [{ about: about!, covered: false, askInMs: 0 }]);
    await sleep(20);
    const differsMs = async (): Promise<number | undefined> =>
      (await closeMinutes(pool, 0, 30)).find(({ from }) => from.getTime() === about!.from.getTime())?.differsMs;
    expect(await differsMs()).toBeGreaterThan(0);
    await append(uuidv7());
    expect(await differsMs()).toBeGreaterThan(0);
    await as(`update source.outbox set created_at = now() - interval '21 seconds' where sent_at is null`);
    expect(await differsMs()).toBeUndefined();
    await sent();
    expect(await differsMs()).toBe(0);
  });

  test('CARD-6.consumer · are the relay’s: the service can neither cover them nor let a day go', async () => {
    for (const text of [
      'select outbox_manifest_settle(array[]::timestamptz[], array[]::bytea[], array[]::boolean[], array[]::int[])',
      'select outbox_retire(1)',
      'select * from outbox_manifest',
    ]) {
      await expect(app.query({ name: text.slice(0, 60), text })).rejects.toMatchObject({ code: '42501' });
    }
  });

  test("every service's copy of the migration is the template, byte for byte", () => {
    const copies = readdirSync(join(repository, 'services'))
      .map((name) => join(repository, 'services', name, 'prisma/migrations'))
      .filter((folder) => existsSync(folder))
      .map((migrations) =>
        readdirSync(migrations)
          .filter((name) => name.endsWith('_outbox_manifest'))
          .map((name) => join(migrations, name, 'migration.sql')),
      );
    expect(copies.every((found) => found.length === 1)).toBe(true);
    for (const copy of copies.flat())
      expect({ copy, sql: readFileSync(copy, 'utf8') }).toEqual({ copy, sql: manifestSql() });
  });
});

describe('the keeper', () => {
  test('CARD-6.consumer · what the bus took and lost is found missing, told, sent again, and covered then', async () => {
    const start = minutesAgo(10);
    audit.swallows = true;
    const lost = await append(idAt(start + 1), idAt(start + 2));
    const running = relay();
    await until(async () => (await as('select from source.outbox where sent_at is null')).length === 0);
    audit.swallows = false;
    await append(idAt(start + 3));
    running.wake();
    await until(async () => audit.ids.size === 3 && (await manifests()).length > 0 && (await uncovered()).length === 0);
    expect(lost.every((id) => audit.ids.has(id))).toBe(true);
    expect(missed).toEqual([2]);
    expect(alarmed('outbox.events_missing')).toMatchObject([{ service: 'source', count: 2 }]);
  }, 20_000);

  test('CARD-6.consumer · an event that comes after its minute was covered opens it again and is covered with it', async () => {
    const start = minutesAgo(10);
    await append(idAt(start));
    const running = relay();
    await until(async () => (await manifests()).length > 0 && (await uncovered()).length === 0);
    const [late] = await append(idAt(start + 30_000));
    running.wake();
    await until(async () => (await manifests())[0]!.events === 2 && (await uncovered()).length === 0);
    expect((await manifests())[0]!.digest).toEqual(digestOf([...audit.ids]));
    expect(audit.ids.has(late!)).toBe(true);
    expect(missed).toEqual([]);
  }, 20_000);

  test('CARD-6.consumer · while audit is away events go out, rows stay, and one line says so', async () => {
    audit.away = true;
    await append(idAt(minutesAgo(10)));
    const running = relay();
    await until(() => alarmed('outbox.manifest_not_compared').length > 0);
    await append(uuidv7());
    running.wake();
    await until(() => audit.ids.size === 2);
    await sleep(300);
    expect(alarmed('outbox.manifest_not_compared')).toHaveLength(1);
    expect((await uncovered()).length).toBe((await manifests()).length);
    audit.away = false;
    await until(async () => (await uncovered()).length === 0);
  }, 20_000);

  test('CARD-6.consumer · of two relays one asks', async () => {
    await append(idAt(minutesAgo(10)));
    relay();
    relay();
    await until(async () => (await manifests()).length > 0 && (await uncovered()).length === 0);
    const asked = audit.asked.map(({ from }) => from.getTime());
    expect(new Set(asked).size).toBe(asked.length);
  }, 20_000);

  test('CARD-6.consumer · a minute whose count has become wrong unnoticed is counted again, and covered then', async () => {
    const minute = minutesAgo(3);
    const ids = await append(idAt(minute + 1));
    await sent();
    await closeMinutes(pool, 0, 30);
    ids.push(...(await append(idAt(minute + 2))));
    await sent();
    for (const id of ids) audit.ids.add(id);
    relay();
    await until(async () => (await manifests()).length > 0 && (await uncovered()).length === 0);
    expect((await manifests()).map(({ events }) => events)).toContain(2);
    expect(alarmed('outbox.events_unknown')).toEqual([]);
  }, 20_000);

  test('CARD-6.consumer · a question that audit refuses keeps no other minute from being covered', async () => {
    const [refused, other] = [minutesAgo(5), minutesAgo(4)];
    await append(idAt(refused + 1), idAt(other + 1));
    const compare = audit.compare.bind(audit);
    audit.compare = async (manifest) => {
      if (manifest.from.getTime() === refused) throw refuse('request_invalid');
      return compare(manifest);
    };
    relay();
    await until(async () => (await manifests()).some(({ from_at, covered_at }) => +from_at === other && covered_at));
    expect(await uncovered()).toMatchObject([{ from_at: new Date(refused), differs_since: null }]);
    expect(alarmed('outbox.manifest_refused').length).toBeGreaterThan(0);
  }, 20_000);

  test('CARD-6.consumer · what the log has under this service’s name and the outbox never had is told, and not covered', async () => {
    const start = minutesAgo(10);
    await append(idAt(start));
    audit.ids.add(idAt(start + 1)).add(idAt(start + 2));
    relay();
    await until(() => alarmed('outbox.events_unknown').length > 0);
    expect(alarmed('outbox.events_unknown')[0]).toMatchObject({ service: 'source', count: 2 });
    expect((await uncovered())[0]!.from_at.getTime()).toBe(start);
    expect(missed).toEqual([]);
  }, 20_000);
});

describe('R18 · days are partitions', () => {
  const old = Math.floor((Date.now() - 9 * DAY) / DAY) * DAY;
  const day = new Date(old).toISOString().slice(0, 10);
  const name = `outbox_${day.replaceAll('-', '')}`;
  beforeEach(() =>
    as(`set role cs_source_owner; set search_path = source; create table if not exists ${name}
          partition of outbox for values from (outbox_day_start('${day}')) to (outbox_day_start('${day}'::date + 1))`),
  );
  const present = async (): Promise<boolean> =>
    (await as<{ there: boolean }>(`select to_regclass('source.${name}') is not null as there`))[0]!.there;
  /** As the keeper does: goes on while there is something to count. */
  const retire = async (): Promise<string> => {
    for (;;) {
      const state = (await retireDays(pool, 30)).find((each) => each.day === day)!.state;
      if (state !== 'counting') return state;
    }
  };

  test('CARD-6.consumer · an old one goes when everything in it was sent and covered, and not before', async () => {
    await append(idAt(old + 5 * MINUTE), idAt(old + DAY - 1));
    expect(await retire()).toBe('unsent');
    await sent();
    await pool.query({ name: 'maintain', text: 'select outbox_maintain()' });
    expect(await retire()).toBe('uncovered');
    expect(await present()).toBe(true);
    await cover();
    await retire();
    await cover();
    expect(await retire()).toBe('dropped');
    expect(await present()).toBe(false);
    expect((await manifests()).filter(({ until_at }) => until_at.getTime() <= old + DAY)).toEqual([]);
  });

  test.each([
    [
      'came',
      `insert into source.outbox (event_id, tenant, type, leaf, sent_at) values ('${idAt(old + 1)}', '${tenant}', 'x', 'x', now())`,
    ],
    ['went', `delete from source.outbox where event_id < '${idAt(old + MINUTE)}'`],
  ])(
    'CARD-6.consumer · it stays when a row %s behind the relay’s back, until audit was asked about that',
    async (_, behind) => {
      await append(idAt(old + 2), idAt(old + 3));
      await sent();
      await cover();
      await retire();
      await cover();
      await as(behind);
      expect(await retire()).toBe('differs');
      expect(await present()).toBe(true);
      expect(await retire()).toBe('uncovered');
      await cover();
      expect(await retire()).toBe('dropped');
    },
  );
});
