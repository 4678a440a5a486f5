import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { makeLeaf, risk, type EventFields } from '@countersign/contracts';
import { createDatabase, withClient } from '@countersign/database';
import { postgresBus } from '@countersign/event-bus-postgres';
import { uuidv7 } from '@countersign/kernel';
import { TestInstallation } from '@countersign/service-testing';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { leastIdAt } from '../src/domain/recent.js';
import { service } from '../src/index.js';

const MINUTE = 60_000;
let house: TestInstallation;
let tenant: string;
let strict: string;

beforeAll(async () => {
  house = await TestInstallation.open(['risk', 'session', 'verification', 'enrollment']);
  await house.start(service);
  tenant = (await house.tenant({ slug: 'bank' })).tenant;
  const policy = {
    risk: {
      signals: { device: { newOs: 70 } },
      bands: [
        { level: 'LOW', upTo: 69, action: 'allow' },
        { level: 'HIGH', upTo: 100, action: 'block' },
      ],
    },
  };
  strict = (await house.tenant({ slug: 'strict', policy })).tenant;
});
afterAll(() => house.stop());

type Told = Pick<EventFields, 'source' | 'type'> & Partial<EventFields> & { agoMs?: number };

/** Publishes events as their sources' relays do, and waits until risk has learned from them. */
async function happened(...told: Told[]): Promise<void> {
  for (const { agoMs = 0, source, ...fields } of told) {
    const database = createDatabase({ url: house.database.relayUrl(source), schema: source, max: 1 });
    const full = { tenant, outcome: 'success' as const, request: 'r', ...fields, source };
    const at = new Date(Date.now() - agoMs);
    const { leaf, eventId, type, tenant: of } = makeLeaf(full, at, idOf(at));
    await postgresBus(database).publish(source, [{ eventId, tenant: of, type, leaf }]);
    await database.close();
  }
  await learned();
}

/** An event id of a time that is over; `uuidv7` never goes back. */
const idOf = (at: Date): string => `${leastIdAt(at).slice(0, 19)}${randomUUID().slice(19)}`;

async function learned(): Promise<void> {
  const behind = `select count(*)::int as behind from (select topic, max("offset") as last from bus.message group by topic) m
                   where coalesce((select next_offset from risk.consumer_position p where p.topic = m.topic), 0) <= m.last`;
  for (const end = Date.now() + 10_000; ; await sleep(20)) {
    const { rows } = await withClient(house.database.adminUrl, (client) => client.query<{ behind: number }>(behind));
    if (rows[0]!.behind === 0) return;
    if (Date.now() > end) throw new Error('risk did not catch up');
  }
}

const person = () => ({ subject: `p_${uuidv7()}`, credential: uuidv7() });
type Person = ReturnType<typeof person>;

const enrolled = ({ subject, credential }: Person, platform: string): Told => ({
  source: 'enrollment',
  type: 'credential.enrolled',
  subject,
  credential,
  facts: { platform },
});
const signedIn = ({ subject, credential }: Person, platform: string, agoMs = 0): Told => ({
  source: 'session',
  type: 'session.established',
  subject,
  credential,
  facts: { platform },
  agoMs,
});
const failed = ({ subject, credential }: Person, agoMs = 0, code = 'signature_invalid'): Told => ({
  source: 'verification',
  type: 'authentication.refused',
  outcome: 'refused',
  code,
  subject,
  credential,
  agoMs,
});
const times = (count: number, event: Told): Told[] => Array.from({ length: count }, () => event);

async function assess(who: Person, platform: string, more: Partial<risk.AssessRequest> = {}) {
  const request = { tenant, ...who, platform, counterReplayed: false, ...more };
  return (await house.client('verification', risk.RiskServiceService).assess(request, house.call())).verdict!;
}

describe('golden scores after scripted histories', () => {
  test.each<[string, (who: Person) => Told[], string, Partial<risk.AssessRequest>, number, string, string[]]>([
    ['NXG-6.device · nothing is known of this device', () => [], 'ios', {}, 20, 'LOW', ['device.newOs']],
    ['NXG-6.device · just enrolled here', (who) => [enrolled(who, 'ios')], 'ios', {}, 0, 'LOW', []],
    [
      'NXG-6.device · signed in here before',
      (who) => [signedIn(who, 'android', 50 * MINUTE)],
      'android',
      {},
      0,
      'LOW',
      [],
    ],
    [
      'NXG-6.device · a synced passkey on the family akin',
      (who) => [enrolled(who, 'ios')],
      'macos',
      {},
      10,
      'LOW',
      ['device.similarOs'],
    ],
    [
      'NXG-6.device · the person knows this family, with another key',
      (who) => [signedIn({ ...who, credential: uuidv7() }, 'windows', 50 * MINUTE)],
      'windows',
      {},
      10,
      'LOW',
      ['device.similarOs'],
    ],
    [
      'NXG-6.device · a known key on a family it was never on',
      (who) => [enrolled(who, 'ios')],
      'windows',
      {},
      20,
      'LOW',
      ['device.newOs'],
    ],
    [
      'NXG-6.failures · two in the last hour',
      (who) => [enrolled(who, 'ios'), ...times(2, failed(who, 50 * MINUTE))],
      'ios',
      {},
      10,
      'LOW',
      ['failures.few'],
    ],
    [
      'NXG-6.failures · three in the last hour',
      (who) => [enrolled(who, 'ios'), ...times(3, failed(who))],
      'ios',
      {},
      25,
      'LOW',
      ['failures.many'],
    ],
    [
      'NXG-6.failures · an hour later they are forgotten',
      (who) => [enrolled(who, 'ios'), ...times(3, failed(who, 61 * MINUTE))],
      'ios',
      {},
      0,
      'LOW',
      [],
    ],
    [
      'NXG-6.failures · what risk itself blocked is no failure',
      (who) => [enrolled(who, 'ios'), ...times(5, failed(who, 0, 'risk_blocked'))],
      'ios',
      {},
      0,
      'LOW',
      [],
    ],
    [
      'NXG-6.velocity · the fifth in ten minutes',
      (who) => times(4, signedIn(who, 'ios', 5 * MINUTE)),
      'ios',
      {},
      15,
      'LOW',
      ['velocity.multiple'],
    ],
    [
      'NXG-6.velocity · the fifteenth in ten minutes',
      (who) => times(14, signedIn(who, 'ios')),
      'ios',
      {},
      30,
      'LOW',
      ['velocity.rapid'],
    ],
    [
      'NXG-6.velocity · four of them were earlier',
      (who) => times(4, signedIn(who, 'ios', 11 * MINUTE)),
      'ios',
      {},
      0,
      'LOW',
      [],
    ],
    [
      'NXG-7.medium · a new device after failures',
      (who) => times(3, failed(who)),
      'ios',
      {},
      45,
      'MEDIUM',
      ['failures.many', 'device.newOs'],
    ],
    [
      'NXG-7.high · and in a hurry',
      (who) => [...times(3, failed(who)), ...times(14, signedIn({ ...who, credential: uuidv7() }, 'ios'))],
      'linux',
      {},
      75,
      'HIGH',
      ['velocity.rapid', 'failures.many', 'device.newOs'],
    ],
    [
      'NXG-7.critical · and with a counter that went back',
      (who) => [...times(3, failed(who)), ...times(14, signedIn(who, 'ios'))],
      'linux',
      { counterReplayed: true },
      100,
      'CRITICAL',
      ['counter.replayed', 'velocity.rapid', 'failures.many', 'device.newOs'],
    ],
  ])('%s', async (_, history, platform, more, score, level, reasons) => {
    const who = person();
    await happened(...history(who));
    expect(await assess(who, platform, more)).toMatchObject({ score, level, reasons });
  });

  test('NXG-7.policy · another tenant weighs with its own points and bands, and knows only its own history', async () => {
    const who = person();
    await happened(enrolled(who, 'ios'));
    const foreign = await assess(who, 'ios', { tenant: strict });
    expect(foreign).toEqual({ score: 70, level: 'HIGH', action: 'block', reasons: ['device.newOs'] });
  });
});

describe('learning and asking', () => {
  test('BCB-7.velocity · an event that comes twice is counted once', async () => {
    const who = person();
    const fields: EventFields = { ...signedIn(who, 'ios'), tenant, outcome: 'success', request: 'r' } as EventFields;
    const { leaf, eventId, type } = makeLeaf(fields);
    const database = createDatabase({ url: house.database.relayUrl('session'), schema: 'session', max: 1 });
    const again = Array.from({ length: 20 }, () => ({ eventId, tenant, type, leaf }));
    for (const message of again) await postgresBus(database).publish('session', [message]);
    await database.close();
    await learned();
    expect((await assess(who, 'ios')).reasons).toEqual([]);
  });

  const merged = (held: string[], more: string[], sinceMs = 0): Promise<string[]> =>
    withClient(house.database.adminUrl, async (client) => {
      const values = [held, more, leastIdAt(new Date(sinceMs))];
      return (await client.query<{ kept: string[] }>('select risk.recent_merge($1, $2, $3) as kept', values)).rows[0]!
        .kept;
    });

  test('a flood of events keeps the newest 100, each once', async () => {
    const ids = Array.from({ length: 130 }, (_, n) => idOf(new Date(Date.now() - n * 1000)));
    expect(await merged(ids.slice(0, 80), ids.slice(20), Date.now() - 90_500)).toEqual(ids.slice(0, 91));
    expect(await merged([], ids)).toEqual(ids.slice(0, 100));
  });

  test('BCB-7.velocity · one event more takes its place: at the front, in between, or none where it is known', async () => {
    const ids = Array.from({ length: 101 }, (_, n) => idOf(new Date(Date.now() - n * 1000)));
    const held = ids.slice(1);
    expect(await merged(held, [ids[0]!])).toEqual(ids.slice(0, 100));
    expect(await merged(held, [])).toEqual(held);
    expect(await merged(held, [held[0]!])).toEqual(held);
    expect(await merged([...ids.slice(0, 50), ...ids.slice(51)], [ids[50]!])).toEqual(ids.slice(0, 100));
  });

  test('an assessment writes nothing', async () => {
    const written = async () =>
      withClient(house.database.adminUrl, async (client) => {
        const sql = `select (select count(*) from risk.sighting) + (select count(*) from risk.recent) + (select count(*) from risk.outbox) as rows`;
        return (await client.query<{ rows: string }>(sql)).rows[0]!.rows;
      });
    const before = await written();
    await assess(person(), 'ios');
    expect(await written()).toBe(before);
  });

  test('an unreadable event holds up nobody', async () => {
    const database = createDatabase({ url: house.database.relayUrl('session'), schema: 'session', max: 1 });
    const leaf = new TextEncoder().encode('{"v":1}');
    await postgresBus(database).publish('session', [{ eventId: uuidv7(), tenant, type: 'session.established', leaf }]);
    await database.close();
    const who = person();
    await happened(enrolled(who, 'ios'));
    expect((await assess(who, 'ios')).score).toBe(0);
  });

  test('a question that names nobody is refused, and a tenant nobody has is not found', async () => {
    await expect(assess({ subject: '', credential: uuidv7() }, 'ios')).rejects.toMatchObject({
      code: 'request_invalid',
    });
    await expect(assess({ subject: 'p_x', credential: 'x' }, 'ios')).rejects.toMatchObject({ code: 'request_invalid' });
    await expect(assess(person(), 'ios', { tenant: uuidv7() })).rejects.toMatchObject({ code: 'not_found' });
  });
});
