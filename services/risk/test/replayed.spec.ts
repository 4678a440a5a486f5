import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { makeLeaf, type EventFields, type ServiceName } from '@countersign/contracts';
import { createDatabase, withClient } from '@countersign/database';
import { postgresBus } from '@countersign/event-bus-postgres';
import { uuidv7 } from '@countersign/kernel';
import { TestInstallation } from '@countersign/service-testing';
import { setTimeout as sleep } from 'node:timers/promises';
import { service } from '../src/index.js';

const HOUR_MS = 3_600_000;
const tenant = uuidv7();
const [subject, credential] = ['p_replayed', uuidv7()];
let house: TestInstallation;
beforeAll(async () => {
  house = await TestInstallation.open(['risk', 'session', 'enrollment']);
  await house.start(service);
});
afterAll(() => house.stop());

const rows = <T extends object>(sql: string): Promise<T[]> =>
  withClient(house.database.adminUrl, async (client) => (await client.query<T>(sql)).rows);

async function until(sql: string): Promise<void> {
  for (const end = Date.now() + 15_000; (await rows(sql)).length === 0; await sleep(50))
    if (Date.now() > end) throw new Error(`never: ${sql}`);
}

const eventOf = (source: ServiceName, fields: Partial<EventFields>, at = new Date()) => ({
  source,
  message: makeLeaf(
    { source, type: 'session.established', tenant, subject, outcome: 'success', request: 'r', ...fields },
    at,
  ),
});

/** The bus delivers, once or once more, and risk has read it. */
async function delivered({ source, message }: ReturnType<typeof eventOf>): Promise<void> {
  const relay = createDatabase({ url: house.database.relayUrl(source), schema: source, max: 1 });
  await postgresBus(relay).publish(source, [message]);
  await relay.close();
  await until(`select from risk.consumer_position p, bus.topic t
                where p.topic = '${source}' and t.name = '${source}' and p.next_offset = t.next_offset`);
}

const seen = { credential, facts: { platform: 'ios' } };
const sightings = () => rows(`select first_seen, last_seen from risk.sighting where subject = '${subject}'`);

test('CARD-6.consumer · events of days ago that come again change nothing that is remembered', async () => {
  const early = eventOf('session', seen, new Date(Date.now() - 70 * HOUR_MS));
  const late = eventOf('session', seen);
  await delivered(early);
  await delivered(late);
  const [before, recent] = [await sightings(), await rows('select refused, sign_ins, last_day from risk.recent')];
  expect(before).toHaveLength(1);
  for (const again of [early, late, early]) await delivered(again);
  expect(await sightings()).toEqual(before);
  expect(await rows('select refused, sign_ins, last_day from risk.recent')).toEqual(recent);
});

test('BCB-10.erase · what a replay brings back of an erased person goes again, for thirty days, and is confirmed once', async () => {
  const erased = eventOf('enrollment', { type: 'subject.erased', facts: { devices: '1' } });
  await delivered(erased);
  await until(`select where not exists (select from risk.sighting where subject = '${subject}')`);
  await until(`select from risk.erasing where confirmed`);
  await delivered(eventOf('session', seen, new Date(Date.now() - HOUR_MS)));
  await delivered(erased);
  expect(await sightings()).toHaveLength(1);
  await rows(`update risk.erasing set due_at = now()`);
  await until(`select where not exists (select from risk.sighting where subject = '${subject}')`);
  await until(`select from risk.erasing where due_at > now() + interval '23 hours'`);
  await rows(`update risk.erasing set due_at = now(), heard_at = now() - interval '31 days'`);
  await until(`select where not exists (select from risk.erasing)`);
  const told = (await house.events('risk')).filter(({ type }) => type === 'erasure.confirmed');
  expect(told).toHaveLength(1);
});
