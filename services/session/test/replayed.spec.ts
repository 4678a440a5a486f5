import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { makeLeaf, type EventFields } from '@countersign/contracts';
import { createDatabase, withClient } from '@countersign/database';
import { postgresBus } from '@countersign/event-bus-postgres';
import { uuidv7 } from '@countersign/kernel';
import { House } from './house.js';

const HOUR_MS = 3_600_000;
let house: House;
beforeAll(async () => {
  house = await House.open({}, undefined, [{}, {}], ['enrollment']);
});
afterAll(() => house.close());

const rows = (sql: string): Promise<object[]> =>
  withClient(house.installation.database.adminUrl, async (client) => (await client.query<object>(sql)).rows);

async function until(sql: string): Promise<void> {
  for (const end = Date.now() + 15_000; (await rows(sql)).length === 0; await sleep(50))
    if (Date.now() > end) throw new Error(`never: ${sql}`);
}

type Told = Partial<EventFields> & Pick<EventFields, 'type'>;

const eventOf = (told: Told, at = new Date()) => {
  const { tenant } = house.bank;
  return makeLeaf({ source: 'enrollment', tenant, outcome: 'success', request: uuidv7(), ...told }, at);
};
const erased = (subject: string, at?: Date) =>
  eventOf({ type: 'subject.erased', subject, facts: { devices: '1' } }, at);

/** The bus delivers these in this order, and session has read them. */
async function delivered(...events: ReturnType<typeof eventOf>[]): Promise<void> {
  const relay = createDatabase({
    url: house.installation.database.relayUrl('enrollment'),
    schema: 'enrollment',
    max: 1,
  });
  for (const event of events) await postgresBus(relay).publish('enrollment', [event]);
  await relay.close();
  await until(`select from session.consumer_position p, bus.topic t
                where p.topic = 'enrollment' and t.name = 'enrollment' and p.next_offset = t.next_offset`);
}

const kept = async () => ({
  sessions: await rows('select * from session.session order by id'),
  work: await rows('select * from session.erasing order by subject'),
  confirmed: (await house.events()).filter(({ type }) => type === 'erasure.confirmed').map(({ subject }) => subject),
});

test('BCB-10.erase · an erasure that is heard again, and after later ones, ends nothing more and is confirmed once', async () => {
  for (const pseudonym of ['p_gone', 'p_later', 'p_stays']) await house.establish({ pseudonym });
  const [gone, later] = [erased('p_gone', new Date(Date.now() - 70 * HOUR_MS)), erased('p_later')];
  await delivered(later, gone);
  await until(`select where 2 = (select count(*) from session.erasing where confirmed)`);
  const before = await kept();
  expect([before.sessions.length, before.confirmed.toSorted()]).toEqual([1, ['p_gone', 'p_later']]);
  const returned = await house.establish({ pseudonym: 'p_new' });
  const after = { ...before, sessions: (await kept()).sessions };
  await delivered(gone, later, gone);
  await sleep(2_500);
  expect(await kept()).toEqual(after);
  expect(returned.session).toBeTruthy();
});

test('CARD-6.consumer · what else enrollment tells changes nothing in session, the first time or again', async () => {
  const enrolled = eventOf({ type: 'credential.enrolled', subject: 'p_stays', credential: uuidv7() });
  const before = await kept();
  await delivered(enrolled, enrolled);
  expect(await kept()).toEqual(before);
});
