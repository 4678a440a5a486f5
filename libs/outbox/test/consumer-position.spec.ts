import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Database } from '@countersign/database';
import { BEGINNING, ConsumerPosition, PositionMoved, haltedPartitions, restartPartition } from '@countersign/event-bus';
import { event, startSource } from './source.js';

let app: Database;
let stop: () => Promise<void>;
beforeAll(async () => {
  const source = await startSource();
  app = source.db.open('source', 30);
  stop = source.stop;
});
afterAll(() => stop());

describe('the position of a consumer', () => {
  const position = new ConsumerPosition('reader', 'elsewhere');

  test('moves by compare-and-set: of two at the same place one wins, the other rolls back', async () => {
    expect(await position.read(app, 0)).toEqual(BEGINNING);
    const messages = [{ ...event(), offset: 0n }];
    const batch = { partition: 0, log: 'a log', messages };
    const step = () => app.transaction((tx) => position.advance(tx, { ...batch, from: 0n, next: 5n }));
    const results = await Promise.allSettled([step(), step(), step()]);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const result of results) if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(PositionMoved);
    const there = { next: 5n, log: 'a log', last: messages[0]!.eventId };
    expect(await position.read(app, 0)).toEqual(there);
    await app.transaction((tx) => position.advance(tx, { ...batch, from: 5n, next: 6n }));
    expect(await position.read(app, 0)).toEqual({ ...there, next: 6n });
  });

  test('partitions of a topic are counted apart', async () => {
    const parts = new ConsumerPosition('parts', 'elsewhere');
    const batch = { log: '', messages: [], from: 0n };
    await app.transaction((tx) => parts.advance(tx, { ...batch, partition: 3, next: 7n }));
    expect((await parts.read(app, 3)).next).toBe(7n);
    expect(await parts.read(app, 0)).toEqual(BEGINNING);
  });

  test('a position that was lost is not made up', async () => {
    const unknown = new ConsumerPosition('stranger', 'elsewhere');
    const step = app.transaction((tx) =>
      unknown.advance(tx, { partition: 0, log: '', messages: [], from: 7n, next: 8n }),
    );
    await expect(step).rejects.toBeInstanceOf(PositionMoved);
    expect(await unknown.read(app, 0)).toEqual(BEGINNING);
  });

  test('a place in another log is another place, however equal the numbers', async () => {
    const place = new ConsumerPosition('logs', 'elsewhere');
    const batch = { partition: 0, messages: [], from: 0n };
    await app.transaction((tx) => place.advance(tx, { ...batch, log: 'new', next: 5n }));
    const zombie = app.transaction((tx) => place.advance(tx, { ...batch, log: 'old', from: 5n, next: 9n }));
    await expect(zombie).rejects.toBeInstanceOf(PositionMoved);
  });

  test('only what is halted starts anew, once, and the row says who asked', async () => {
    const place = new ConsumerPosition('halting', 'stopped');
    const at = { topic: 'stopped', partition: 0 };
    await app.transaction((tx) => place.advance(tx, { ...at, log: 'old', messages: [], from: 0n, next: 5n }));
    expect(await restartPartition(app, at, 'cli')).toBe(false);
    await place.halt(app, 0, 'bus_log_replaced');
    const halted = { ...at, code: 'bus_log_replaced', next: 5n };
    expect(await haltedPartitions(app, ['stopped', 'other'])).toEqual([{ ...halted, asked: false }]);
    expect([await restartPartition(app, at, 'cli'), await restartPartition(app, at, 'cli')]).toEqual([true, false]);
    expect(await haltedPartitions(app, ['stopped'])).toEqual([{ ...halted, asked: true }]);
    expect(await place.read(app, 0)).toMatchObject({ next: 5n, anew: true });
    await place.begin(app, 0, { next: 2n, log: 'new' });
    await expect(place.begin(app, 0, { next: 2n, log: 'new' })).rejects.toBeInstanceOf(PositionMoved);
    expect(await place.read(app, 0)).toEqual({ next: 2n, log: 'new', last: '' });
    expect(await haltedPartitions(app, ['stopped'])).toEqual([]);
    const row = { name: '', text: `select restart_by, restarted_at from consumer_position where topic = 'stopped'` };
    expect((await app.query(row)).rows).toEqual([{ restart_by: 'cli', restarted_at: expect.any(Date) }]);
  });

  test('a consumer that stored nothing begins where the log does, and one that reads on is halted no more', async () => {
    const place = new ConsumerPosition('newcomer', 'aged');
    await place.begin(app, 0, { next: 7n, log: 'a log' });
    await expect(place.begin(app, 0, { next: 9n, log: 'a log' })).rejects.toBeInstanceOf(PositionMoved);
    await place.halt(app, 0, 'bus_events_gone');
    await app.transaction((tx) => place.advance(tx, { partition: 0, log: 'a log', messages: [], from: 7n, next: 8n }));
    expect(await haltedPartitions(app, ['aged'])).toEqual([]);
  });
});
