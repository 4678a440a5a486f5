import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { uuidv7 } from '@countersign/kernel';
import { manifestSql } from '../src/index.js';
import { closeMinutes, reopen, settle } from '../src/manifest-rows.js';
import {
  MINUTE,
  app,
  append,
  as,
  cover,
  digestOf,
  idAt,
  manifests,
  minutesAgo,
  pool,
  sent,
  withManifests,
} from './manifests.js';
import { repository } from './source.js';

withManifests();

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
    const covered = (await manifests()).at(-1)!.until_at;
    // A minute that ends meanwhile is due as well.
    const ofThose = async () => (await closeMinutes(pool, 0, 30)).filter(({ from }) => from < covered);
    const late = await append(idAt(start + 10 * MINUTE), idAt(start - 5 * MINUTE));
    await reopen(pool, late);
    expect(await ofThose()).toEqual([]);
    await sent();
    const due = await ofThose();
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
