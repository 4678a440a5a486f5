import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { postgresBus } from '@countersign/event-bus-postgres';
import { UsageError } from '../src/cli/command.js';
import { givenReader, SOURCE, until, type Given } from './halted.js';

let given: Given;
beforeAll(async () => {
  given = await givenReader({}, postgresBus);
}, 60_000);
afterAll(() => given.stop());

/** All but the date. */
const TIMERS = [
  ...(['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval', 'clearImmediate'] as const),
  ...(['nextTick', 'queueMicrotask', 'performance', 'hrtime'] as const),
];

const replay = (...more: string[]) => given.command('events', 'replay', '--source', SOURCE, ...more);

test('CARD-6.consumer · a bus that was emptied halts its reader; one command lets it go on, and no event is lost or doubled', async () => {
  const first = await given.write(5);
  await until(async () => (await given.logged()).length === 5, 'they are in the log');
  await given.rows(`truncate bus.message, bus.topic`);
  await until(() => given.halted(), 'audit halts');
  const lost = await given.write(2);
  await until(
    async () => (await given.rows('select from audit.consumer_position where halted is not null')).length > 0,
    'it says so',
  );
  const dry = await replay('--dry-run');
  const partition = {
    reader: 'audit',
    topic: SOURCE,
    partition: 0,
    code: 'bus_position_past_end',
    position: '5',
    asked: false,
  };
  expect(dry.json).toMatchObject({ dryRun: true, restarted: 0, partitions: [partition] });
  expect(await given.halted()).toBe(true);
  expect((await replay()).json).toMatchObject({ restarted: 1, partitions: [partition] });
  await until(async () => !(await given.halted()), 'it is halted no more');
  const last = await given.write(1);
  const all = [...first, ...lost, ...last].map(({ eventId }) => eventId);
  await until(async () => (await given.logged()).length === all.length, 'all are in the log');
  expect(await given.logged()).toEqual(all);
  expect(
    await given.rows('select restart_by as by, halted from audit.consumer_position where restarted_at is not null'),
  ).toEqual([{ by: 'cli', halted: null }]);
}, 60_000);

test('what is done is in the log of the platform, by both services', async () => {
  const told = async (source: 'audit' | 'challenge', type: string) =>
    (await given.installation.events(source)).filter((event) => event.type === type).map(({ facts }) => facts);
  expect(await told(SOURCE, 'events.replayed')).toEqual([
    { by: 'cli', host: expect.any(String), events: expect.stringMatching(/^[5-7]$/), since: 'kept' },
  ]);
  const facts = { topic: SOURCE, partition: '0', code: 'bus_position_past_end', position: '5' };
  expect(await told('audit', 'reading.restarted')).toEqual([{ ...facts, by: 'cli', host: expect.any(String) }]);
});

test('repeated, and with events that nobody lost, it changes nothing in the log', async () => {
  const before = await given.logged();
  const { events } = (await replay()).json as { events: number };
  expect(events).toBeGreaterThanOrEqual(before.length);
  await until(
    async () => (await given.rows(`select from ${SOURCE}.outbox where sent_at is null`)).length === 0,
    'all went',
  );
  const marker = await given.write(1);
  await until(async () => (await given.logged()).includes(marker[0]!.eventId), 'what was written after it came');
  expect((await given.logged()).slice(0, before.length)).toEqual(before);
  expect(await given.logged()).toHaveLength(before.length + 1);
}, 60_000);

test('it is the clock of the database that counts: that of the host which runs the command may be behind', async () => {
  jest.useFakeTimers({ now: Date.now() - 3_600_000, doNotFake: TIMERS });
  const { json } = await replay('--dry-run').finally(() => jest.useRealTimers());
  expect((json as { events: number }).events).toBeGreaterThan(0);
});

test('only what was written since the given time goes out again; nonsense is refused', async () => {
  const { json } = await replay('--since', new Date().toISOString(), '--dry-run');
  expect(json).toMatchObject({ events: 0 });
  for (const since of ['yesterday', '2026-11-20', '2999-01-01T00:00:00Z'])
    await expect(replay('--since', since)).rejects.toBeInstanceOf(UsageError);
  await expect(given.command('events', 'replay', '--source', 'nobody')).rejects.toBeInstanceOf(UsageError);
});
