import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { audit, makeLeaf, type readLeaf, type CallerName, type Leaf, type ServiceName } from '@countersign/contracts';
import { createDatabase, withClient, type Database } from '@countersign/database';
import { ConsumerPosition, type EventMessage } from '@countersign/event-bus';
import { postgresBus } from '@countersign/event-bus-postgres';
import { isRefusal, PLATFORM_TENANT, uuidv7 } from '@countersign/kernel';
import { OutboxRelay } from '@countersign/outbox';
import { manifestLog } from '@countersign/service-base';
import { TestInstallation } from '@countersign/service-testing';
import { service } from '../src/index.js';
import { takeBatch } from '../src/store/log-writer.js';

const MINUTE = 60_000;
let installation: TestInstallation;
let database: Database;
beforeAll(async () => {
  installation = await TestInstallation.open(['audit', 'challenge']);
  await installation.start(service);
  database = installation.database.open('audit');
});
afterAll(() => installation.stop());

let taken = 0;
/** A minute of its own for each test, long over. */
const freshMinute = (): number => Math.floor(Date.now() / MINUTE) * MINUTE - (60 + 3 * ++taken) * MINUTE;

function eventAt(ms: number, tenant: string = uuidv7(), source: ServiceName = 'challenge'): Leaf {
  const hex = ms.toString(16).padStart(12, '0');
  const id = `${hex.slice(0, 8)}-${hex.slice(8)}-${uuidv7().slice(14)}`;
  const fields = { type: 'call.refused', outcome: 'refused', code: 'call_refused', request: uuidv7() } as const;
  return makeLeaf({ ...fields, source, tenant, facts: { caller: 'gateway' } }, new Date(ms), id);
}

/** Into the logs, or with a reason against it into quarantine, as coming from the topic. */
async function deliver(topic: string, ...events: Leaf[]): Promise<void> {
  const messages = events.map((event, n) => ({ offset: BigInt(n), ...event }));
  const consumer = new ConsumerPosition(uuidv7(), topic);
  await takeBatch(database, consumer, {
    topic,
    partition: taken,
    log: '',
    from: 0n,
    next: BigInt(events.length),
    messages,
  });
}

const digestOf = (events: readonly Leaf[]): Buffer => {
  const ids = events.map(({ eventId }) => eventId.replaceAll('-', '')).sort();
  return createHash('sha256')
    .update(Buffer.from(ids.join(''), 'hex'))
    .digest();
};
const said = (from: number, events: readonly Leaf[]): audit.CompareManifestRequest => ({
  fromMs: BigInt(from),
  untilMs: BigInt(from + MINUTE),
  events: events.length,
  digest: digestOf(events),
});
const ask = (from: CallerName = 'challenge') => installation.client(from, audit.AuditServiceService);
const compare = (request: audit.CompareManifestRequest, from?: CallerName): Promise<audit.CompareManifestResponse> =>
  ask(from).compareManifest(request, installation.call());

const confirmed = async (from: number): Promise<ReturnType<typeof readLeaf>[]> =>
  (await installation.events('audit')).filter(
    ({ type, facts }) => type === 'manifest.confirmed' && facts.from === new Date(from).toISOString(),
  );
const codeOf = (error: unknown): unknown => isRefusal(error) && error.code;

describe('CARD-6.consumer · a source that asks', () => {
  test('hears that all is there, over all tenants, and the platform’s log says so once, whoever asks how often', async () => {
    const from = freshMinute();
    const events = [eventAt(from), eventAt(from + 7), eventAt(from + MINUTE - 1)];
    await deliver('challenge', ...events, eventAt(from - 1), eventAt(from + MINUTE));
    const answers = await Promise.all([1, 2, 3, 4].map(() => compare(said(from, events))));
    for (const answer of answers) expect(answer).toMatchObject({ equal: true, held: 3, quarantined: 0 });
    expect(await confirmed(from)).toMatchObject([
      {
        tenant: PLATFORM_TENANT,
        outcome: 'success',
        facts: {
          source: 'challenge',
          until: new Date(from + MINUTE).toISOString(),
          events: '3',
          digest: digestOf(events).toString('hex'),
          quarantined: '0',
        },
      },
    ]);
  });

  test('hears that something differs, and which events are not there; no event says that all is well', async () => {
    const from = freshMinute();
    const [here, lost] = [eventAt(from), eventAt(from + 1)];
    await deliver('challenge', here);
    expect(await compare(said(from, [here, lost]))).toMatchObject({ equal: false, held: 1 });
    const ids = [here.eventId, lost.eventId];
    expect(await ask().missingEvents({ ids }, installation.call())).toEqual({ ids: [lost.eventId] });
    await deliver('challenge', lost);
    expect(await compare(said(from, [here, lost]))).toMatchObject({ equal: true });
    expect(await confirmed(from)).toHaveLength(1);
  });

  test('has a minute confirmed again when an event of it came late', async () => {
    const from = freshMinute();
    const [first, late] = [eventAt(from), eventAt(from + 1)];
    await deliver('challenge', first);
    await compare(said(from, [first]));
    await deliver('challenge', late);
    await compare(said(from, [first, late]));
    expect((await confirmed(from)).map(({ facts }) => facts.events)).toEqual(['1', '2']);
  });

  test('has what is in quarantine accounted for, and counted apart', async () => {
    const from = freshMinute();
    const [good, poison] = [eventAt(from), { ...eventAt(from + 1), leaf: Buffer.from('{') }];
    await deliver('challenge', good, poison);
    expect(await compare(said(from, [good, poison]))).toMatchObject({ equal: true, held: 2, quarantined: 1 });
    expect(await ask().missingEvents({ ids: [poison.eventId] }, installation.call())).toEqual({ ids: [] });
    expect((await confirmed(from))[0]!.facts.quarantined).toBe('1');
  });

  test('hears only of itself: its name is its certificate’s, and what others wrote is not there for it', async () => {
    const from = freshMinute();
    const theirs = eventAt(from, uuidv7(), 'session');
    await deliver('session', theirs);
    expect(await compare(said(from, [theirs]))).toMatchObject({ equal: false, held: 0 });
    expect(await compare(said(from, [theirs]), 'session')).toMatchObject({ equal: true, held: 1 });
    const ids = [theirs.eventId, uuidv7()];
    expect(await ask().missingEvents({ ids }, installation.call())).toEqual({ ids });
  });

  test('BCB-9.allowlist · must be a service: the command line is refused', async () => {
    const refused = await compare(said(freshMinute(), []), 'cli').catch(codeOf);
    expect(refused).toBe('call_refused');
  });

  test('may ask about an hour that is over, and 5,000 ids, and no more', async () => {
    const from = freshMinute();
    const wide = { ...said(from, []), untilMs: BigInt(from + 61 * MINUTE) };
    expect(await compare(wide).catch(codeOf)).toBe('request_invalid');
    const ids = Array.from({ length: 5_001 }, () => uuidv7());
    expect(await ask().missingEvents({ ids }, installation.call()).catch(codeOf)).toBe('request_invalid');
    expect((await ask().missingEvents({ ids: ids.slice(1) }, installation.call())).ids).toHaveLength(5_000);
  });
});

test('CARD-6.consumer · what the bus lost on the way is in the log a little later, and its minute confirmed', async () => {
  const from = freshMinute();
  const events = [eventAt(from), eventAt(from + 1), eventAt(from + 2)];
  const pool = createDatabase({ url: installation.database.relayUrl('challenge'), schema: 'challenge', max: 2 });
  const append = { name: 'append', text: 'select outbox_append($1, $2, $3, $4)' };
  for (const { eventId, tenant, type, leaf } of events)
    await installation.database.open('challenge').query(append, [eventId, tenant, type, leaf]);
  const bus = postgresBus(pool);
  const lost: EventMessage[] = [];
  /** Acknowledges what it is first given, and forgets it. */
  const publish = async (topic: string, messages: readonly EventMessage[]): Promise<void> => {
    if (lost.length === 0) lost.push(...messages);
    else await bus.publish(topic, messages);
  };
  const alarms: string[] = [];
  const alarm = { warn: () => undefined, error: (event: string) => void alarms.push(event) };
  const log = manifestLog({ client: (definition) => installation.client('challenge', definition) });
  const manifests = { log, alarm, graceMs: 0, everyMs: 100, patienceMs: 50 };
  const relay = new OutboxRelay({ service: 'challenge', database: pool, bus: { publish }, log: alarm, manifests });
  while ((await confirmed(from)).length === 0) await sleep(50);
  await relay.stop();
  await pool.close();
  const leaves = await withClient(installation.database.adminUrl, async (client) =>
    client.query('select event_id from audit.leaf where event_id = any ($1) order by event_id', [
      events.map(({ eventId }) => eventId),
    ]),
  );
  expect(leaves.rowCount).toBe(3);
  expect(lost.length).toBeGreaterThan(0);
  expect(alarms).toContain('outbox.events_missing');
}, 60_000);
