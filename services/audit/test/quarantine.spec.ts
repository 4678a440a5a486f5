import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { audit, makeLeaf, type EventFields } from '@countersign/contracts';
import { withClient, type Database } from '@countersign/database';
import { ConsumerPosition, type DeliveredMessage } from '@countersign/event-bus';
import { canonicalBytes, uuidv7 } from '@countersign/kernel';
import { TestInstallation } from '@countersign/service-testing';
import { service } from '../src/index.js';
import { takeBatch } from '../src/store/log-writer.js';

const TOPIC = 'challenge';
let installation: TestInstallation;
let database: Database;
let offset = 0n;
beforeAll(async () => {
  installation = await TestInstallation.open(['audit', 'challenge']);
  database = installation.database.open('audit');
  await installation.start(service);
});
afterAll(() => installation.stop());

const fields = (tenant: string, more: Partial<EventFields> = {}): EventFields => ({
  ...{
    source: TOPIC,
    type: 'challenge.refused',
    tenant,
    outcome: 'refused',
    request: uuidv7(),
    code: 'challenge_spent',
  },
  ...more,
});
const good = (tenant = uuidv7()): DeliveredMessage => ({ offset: 0n, ...makeLeaf(fields(tenant)) });

/** The same message, of which the leaf says something else. */
function saying(changes: Record<string, unknown>, beside: Partial<DeliveredMessage> = {}): DeliveredMessage {
  const message = good();
  const said = JSON.parse(Buffer.from(message.leaf).toString()) as object;
  return { ...message, leaf: canonicalBytes({ ...said, ...changes }), ...beside };
}

/** A batch of the topic, read as the service reads it. @returns the offset of the first */
async function deliver(messages: DeliveredMessage[], { log = '', at = offset } = {}): Promise<bigint> {
  const position = new ConsumerPosition(`reader ${uuidv7()}`, TOPIC);
  await position.begin(database, 0, { next: at, log });
  const placed = messages.map((message, i) => ({ ...message, offset: at + BigInt(i) }));
  const next = at + BigInt(messages.length);
  await takeBatch(database, position, { topic: TOPIC, partition: 0, log, from: at, next, messages: placed });
  if (next > offset) offset = next;
  return at;
}

const cli = () => installation.client('cli', audit.AuditServiceService);
const choiceAt = (place: bigint): audit.QuarantineChoice => ({ topic: TOPIC, partition: 0, offset: place, reason: '' });
async function show(place: bigint): Promise<audit.QuarantinedMessage[]> {
  const request = { choice: choiceAt(place), taken: true, whole: true, after: 0n, limit: 0 };
  return (await cli().listQuarantine(request, installation.call())).messages;
}
const redrive = (choice: audit.QuarantineChoice) => cli().redriveQuarantine({ choice, after: 0n }, installation.call());

const rows = <T extends object>(sql: string): Promise<T[]> =>
  withClient(installation.database.adminUrl, async (client) => (await client.query<T>(sql)).rows);
const inLog = async (tenant: string): Promise<string[]> =>
  (await rows<{ id: string }>(`select event_id as id from audit.leaf where tenant = '${tenant}' order by index`)).map(
    ({ id }) => id,
  );

const NOBODY = '00000000-0000-0000-0000-000000000000';
const OLD = '01000000-0000-7000-8000-000000000000';
const foreign = { eventId: NOBODY, tenant: NOBODY, type: '' };
const nul = saying({ request: 'a\u0000b' });
const KINDS: [string, string, string, DeliveredMessage][] = [
  ['is no JSON', 'not_leaf_v1', 'not the JSON of an event', { ...good(), leaf: Buffer.from('{') }],
  [
    'is a tombstone without headers',
    'not_leaf_v1',
    'not the JSON of an event',
    { ...good(), ...foreign, leaf: new Uint8Array() },
  ],
  ['is a leaf of version 2', 'not_leaf_v1', 'not version 1', saying({ v: 2 })],
  [
    'is longer than any leaf',
    'not_leaf_v1',
    'longer than 16 KiB',
    { ...good(), leaf: Buffer.alloc(10 * 1024 * 1024, 0x20) },
  ],
  ['is of an unknown type', 'type_not_of_source', '', saying({ type: 'future.thing' }, { type: 'future.thing' })],
  ['is of another source', 'source_forged', '', saying({ source: 'session' })],
  ['has no headers', 'envelope_differs', '', { ...good(), ...foreign }],
  ['has a header that no text column takes', 'envelope_differs', '', { ...good(), type: 'a\u0000\u202eb' }],
  ['is of a codec that is not carried', 'codec_unknown', '', { ...good(), ...foreign, unreadable: 'codec_unknown' }],
  ['holds a character that no text column takes', 'not_storable', '22P05', nul],
  ['has an instant that is none', 'not_storable', '22008', saying({ time: '2026-13-45T99:99:99.999Z' })],
  ['has an id of a year without a place in the log', 'not_storable', '23514', saying({ id: OLD }, { eventId: OLD })],
  [
    'is about more than an index takes',
    'not_storable',
    '54000',
    saying({
      request: Array.from({ length: 500 }, () => uuidv7())
        .join('')
        .slice(0, 12_000),
    }),
  ],
];

describe('what cannot go into the log', () => {
  test.each(KINDS)(
    'CARD-6.consumer · a message that %s stands in quarantine, and the rest moves on',
    async (_what, reason, detail, bad) => {
      const tenant = uuidv7();
      const [before, after] = [good(tenant), good(tenant)];
      const at = await deliver([before, bad, after]);
      expect(await inLog(tenant)).toEqual([before.eventId, after.eventId]);
      const [kept, ...more] = await show(at + 1n);
      expect(more).toEqual([]);
      expect(kept).toMatchObject({
        topic: TOPIC,
        partition: 0,
        offset: at + 1n,
        reason,
        detail,
        bytes: bad.leaf.length,
      });
      expect(kept!.leaf.equals(Buffer.from(bad.leaf).subarray(0, 256 * 1024))).toBe(true);
    },
  );

  test('a place that is read again is one message; of another log it is another', async () => {
    const bad = { ...good(), leaf: Buffer.from('{') };
    const at = await deliver([bad], { log: 'first' });
    await deliver([bad], { log: 'first', at });
    expect(await show(at)).toHaveLength(1);
    await deliver([bad], { log: 'second', at });
    await deliver([{ ...bad, leaf: Buffer.from('[') }], { log: 'second', at });
    expect((await show(at)).map(({ log }) => log)).toEqual(['first', 'second', 'second']);
  });

  test('it is kept with when the bus took it and with all that stood beside it', async () => {
    const sealed = Buffer.from('sealed');
    const at = await deliver([{ ...saying({ v: 2 }), sealed, writtenAt: Date.UTC(2026, 10, 22) }]);
    const [kept] = await show(at);
    expect(kept).toMatchObject({ writtenAt: '2026-11-22T00:00:00.000Z', type: 'challenge.refused', takenAt: '' });
    expect(await rows(`select sealed from audit.quarantine where "offset" = ${at}`)).toEqual([{ sealed }]);
  });
});

describe('a message that is judged again', () => {
  const setBack = (at: bigint): Promise<unknown> =>
    rows(`update audit.quarantine set reason = 'not_leaf_v1', leaf = substring(leaf from 2) where "offset" = ${at}`);

  test('and is a leaf by the rules of now goes into the log once, and stays in quarantine as taken', async () => {
    const [tenant, at] = [uuidv7(), offset];
    const message = { ...good(tenant), sealed: Buffer.from('sealed') };
    // As an earlier version would have left it, which did not know this leaf.
    const text = `insert into audit.quarantine (topic, partition, "offset", event_id, tenant, type, reason, leaf, sealed)
       values ('${TOPIC}', 0, ${at}, '${message.eventId}', '${tenant}', '${message.type}', 'not_leaf_v1',
               '\\x${Buffer.from(message.leaf).toString('hex')}', '\\x${message.sealed.toString('hex')}')`;
    await rows(text);
    offset += 1n;
    expect((await redrive(choiceAt(at))).messages).toEqual([
      expect.objectContaining({ topic: TOPIC, offset: at, taken: true, reason: '' }),
    ]);
    expect(await inLog(tenant)).toEqual([message.eventId]);
    expect(await rows(`select sealed from audit.details where event_id = '${message.eventId}'`)).toHaveLength(1);
    expect((await redrive(choiceAt(at))).messages).toEqual([]);
    expect(await show(at)).toEqual([
      expect.objectContaining({ reason: 'not_leaf_v1', tries: 1, takenAt: expect.any(String) }),
    ]);
    await deliver([message]);
    expect(await inLog(tenant)).toEqual([message.eventId]);
  });

  test('and is in the log already is not added again', async () => {
    const tenant = uuidv7();
    const message = good(tenant);
    const at = await deliver([{ ...message, leaf: Buffer.concat([Buffer.from(' '), message.leaf]) }]);
    await deliver([message]);
    await setBack(at);
    expect((await redrive(choiceAt(at))).messages).toMatchObject([{ taken: true }]);
    expect(await inLog(tenant)).toEqual([message.eventId]);
  });

  test('and is still none stays with what is wrong with it now', async () => {
    const at = await deliver([saying({ v: 2 }), nul]);
    await rows(`update audit.quarantine set reason = 'older_reason', detail = '' where "offset" >= ${at}`);
    expect((await redrive({ topic: TOPIC, reason: 'older_reason' })).messages).toMatchObject([
      { taken: false, reason: 'not_leaf_v1', detail: 'not version 1' },
      { taken: false, reason: 'not_storable', detail: '22P05' },
    ]);
    expect(await show(at)).toMatchObject([{ reason: 'not_leaf_v1', tries: 1, takenAt: '' }]);
  });

  test('is judged once by two who ask at once, and who asked is in the log of the platform', async () => {
    const tenant = uuidv7();
    const message = good(tenant);
    const at = await deliver([{ ...message, leaf: Buffer.concat([Buffer.from(' '), message.leaf]) }]);
    await setBack(at);
    const answers = await Promise.all(Array.from({ length: 4 }, () => redrive(choiceAt(at))));
    expect(answers.flatMap(({ messages }) => messages)).toHaveLength(1);
    expect(await inLog(tenant)).toEqual([message.eventId]);
    const told = (await installation.events('audit')).filter(({ type }) => type === 'quarantine.redriven');
    expect(told.map(({ facts }) => facts).filter(({ place }) => place === `${TOPIC}/0/${at}`)).toEqual([
      { by: 'cli', place: `${TOPIC}/0/${at}`, tried: '1', taken: '1' },
    ]);
  });

  test('is asked for by the command line alone, by a whole place or none', async () => {
    const stranger = installation.client('gateway', audit.AuditServiceService);
    const asked = { choice: choiceAt(0n), after: 0n };
    await expect(stranger.redriveQuarantine(asked, installation.call())).rejects.toMatchObject({
      code: 'call_refused',
    });
    for (const choice of [
      { topic: 'nobody', reason: '' },
      { topic: '', partition: 0, offset: 1n, reason: '' },
      { topic: TOPIC, partition: 0, reason: '' },
      { topic: '', reason: 'Not a code' },
    ])
      await expect(redrive(choice)).rejects.toMatchObject({ code: 'request_invalid' });
  });
});

test('nobody of the service changes or deletes what is in quarantine', async () => {
  for (const text of ['delete from quarantine', `update quarantine set leaf = ''`, 'truncate quarantine'])
    await expect(database.query({ name: '', text })).rejects.toMatchObject({ code: '42501' });
});
