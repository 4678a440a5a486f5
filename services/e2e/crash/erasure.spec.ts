import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ServiceName } from '@countersign/contracts';
import {
  AdminDatabase,
  CALM,
  HostProcess,
  NO_FAULTS,
  ROUNDS,
  addDevice,
  codeOf,
  createBank,
  createCustomer,
  eventually,
  everyRound,
  faultsOf,
  grantFor,
  say,
  untilRecorded,
  type Bank,
  type Customer,
} from '../src/index.js';
import {
  NOT_NOW,
  expectUnknown,
  keepSigningIn,
  orderErasure,
  untilAnswered,
  type Held,
  type SignIns,
} from '../src/erasure-load.js';
import { StopPoints, type Stop } from '../src/stop-point.js';
import { tracesOf } from '../src/traces.js';

const LIMIT_MS = 2_400_000;
/** Ten are enough to meet every named step once. */
const KILLS_PER_ROUND = 5;
const OTHERS = 4;
/** A random moment lies within this time of the order. */
const LATEST_MS = 6_000;
const COMPLETES_WITHIN_MS = 180_000;
/** Sessions of people nobody erased that are over all the same. */
const ENDED = 'select count(*) as n from session.session where subject = any($1) and ended_at is not null';
const CONFIRMING = ['audit', 'risk', 'session'] as const;
const ANY: readonly ServiceName[] = ['enrollment', 'session', 'risk', 'audit', 'verification'];

const ofEach = (stop: (service: ServiceName) => Omit<Stop, 'service'>): Stop[] =>
  CONFIRMING.map((service) => ({ service, ...stop(service) }));
const enrollment = (stop: Omit<Stop, 'service'>): Stop[] => [{ service: 'enrollment', ...stop }];

/** The steps of an erasure, each in the middle of its transaction; where several services take it, all of them are killed there. */
const STEPS: readonly { name: string; stops: readonly Stop[] }[] = [
  {
    name: 'the key destroyed, nothing committed',
    stops: enrollment({ table: 'enrollment.outbox', on: 'insert', when: `new.type = 'subject.erased'` }),
  },
  {
    name: 'announced',
    stops: enrollment({ table: 'bus.message', on: 'insert', when: `new.type = 'subject.erased'` }),
  },
  { name: 'heard', stops: ofEach((service) => ({ table: `${service}.erasing`, on: 'insert' })) },
  {
    name: 'removed',
    stops: ofEach((service) => ({ table: `${service}.erasing`, on: 'update', when: 'new.confirmed' })),
  },
  {
    name: 'confirmed',
    stops: ofEach((service) => ({
      table: 'bus.message',
      on: 'insert',
      when: `new.type = 'erasure.confirmed' and new.topic = '${service}'`,
    })),
  },
  {
    name: 'a tombstone set',
    stops: [{ service: 'session', table: 'session.device_tombstone', on: 'insert' }],
  },
  { name: 'a device ended', stops: enrollment({ table: 'enrollment.device_ending', on: 'delete' }) },
  {
    name: 'a confirmation taken down',
    stops: enrollment({ table: 'enrollment.erasure', on: 'update', when: 'new.completed_at is null' }),
  },
  {
    name: 'completed',
    stops: enrollment({ table: 'enrollment.erasure', on: 'update', when: 'new.completed_at is not null' }),
  },
];

interface Erased {
  customer: Customer;
  pseudonym: string;
  devices: string[];
  erasure: string;
}

let host: HostProcess;
let database: AdminDatabase;
let bank: Bank;
let others: Customer[];
let points: StopPoints;

beforeAll(async () => {
  host = await HostProcess.start({ shape: 'services' });
  database = new AdminDatabase(host);
  bank = await createBank(host, { risk: CALM });
  others = [];
  for (let n = 0; n < OTHERS; n++) others.push(await livedIn());
  points = await StopPoints.install(
    host,
    STEPS.flatMap(({ stops }) => stops),
  );
}, 180_000);

afterAll(async () => {
  await points?.close();
  await database?.close();
  await host?.stop();
}, 60_000);

/** A person of whom every service holds something. */
async function livedIn(): Promise<Customer> {
  const customer = await createCustomer(host, bank);
  await customer.browser.signIn();
  await addDevice(host, bank, customer);
  await grantFor(customer.browser, 'payee.add', { iban: 'DE02120300000000202051' });
  return customer;
}

describe('kill -9 in an erasure, while people sign in', () => {
  test(
    'BCB-10.erase · erased once and everywhere whoever dies when, and nobody else is touched',
    async () => {
      const before = await untouched();
      const erased: Erased[] = [];
      const signIns: SignIns[] = [];
      await everyRound(async (index) => {
        const step = STEPS[index % (STEPS.length + 1)];
        const began = performance.now();
        const customer = await livedIn();
        const [load, last] = [keepSigningIn(others), keepSigningIn([customer])];
        erased.push(await eraseAndKill(customer, step?.stops));
        const [kept, lost] = [await load.stop(), await last.stop()];
        signIns.push(kept);
        await expectUnknown(customer);
        expect(await heard(kept.told)).toEqual(kept.told.length > 0 ? ['alive'] : []);
        expect((await heard(lost.told)).filter((each) => each === 'alive')).toEqual([]);
        const ms = Math.round(performance.now() - began);
        say(`kill ${index + 1}: ${step?.name ?? 'at random'}: completed, ${ms} ms with everything around it`);
      }, ROUNDS * KILLS_PER_ROUND);
      await secondRemoval();
      await untilRecorded(database);
      for (const each of erased) await expectErasedOnce(each);
      expect(await untouched()).toEqual(before);
      expectKept(signIns);
      expect(await database.count(ENDED, [others.map(({ subject }) => subject)])).toBe(0);
      await untilRecorded(database);
      expect(await faults()).toEqual(NO_FAULTS);
      for (const { browser, subject } of others) expect(await browser.signIn()).toMatchObject({ subject });
    },
    LIMIT_MS,
  );
});

/** Orders an erasure, kills whoever takes the step, or anybody at some moment, and waits for the erasure's end. */
async function eraseAndKill(customer: Customer, stops: readonly Stop[] = []): Promise<Erased> {
  const { person, devices } = await untilAnswered(() => bank.sdk.exportSubject(customer.subject));
  for (const stop of stops) await points.hold(stop);
  const ordered = orderErasure(bank, customer.subject);
  if (stops.length === 0) await sleep(Math.random() * LATEST_MS);
  for (const stop of stops) await points.reached(stop);
  const killed =
    stops.length > 0 ? stops.map(({ service }) => service) : [ANY[Math.floor(Math.random() * ANY.length)]!];
  for (const service of killed) host.killService(service);
  for (const stop of stops) await points.letGo(stop);
  await Promise.all(killed.map((service) => host.restartService(service)));
  const erasure = await ordered;
  await untilCompleted(erasure);
  return {
    customer,
    pseudonym: String(person!['pseudonym']),
    devices: devices!.map(({ id }) => String(id)),
    erasure,
  };
}

/** That it completes is what is asserted, not when: the limit is for one that never does. */
async function untilCompleted(erasure: string): Promise<void> {
  for (const end = Date.now() + COMPLETES_WITHIN_MS; ; await sleep(50)) {
    const found = await bank.sdk.erasure(erasure).catch((error: unknown) => ({ state: String(error) }));
    if (found.state === 'completed') return;
    if (Date.now() > end) throw new Error(`erasure ${erasure} does not complete: ${JSON.stringify(found)}`);
  }
}

/** What was under way is removed an hour later; here the hour is over. */
async function secondRemoval(): Promise<void> {
  for (const service of CONFIRMING)
    await database.rows(`update ${service}.erasing set due_at = now(), heard_at = '-infinity'`);
  await eventually('the second removal', async () => {
    const counted = CONFIRMING.map((service) => database.count(`select count(*) as n from ${service}.erasing`));
    return (await Promise.all(counted)).every((n) => n === 0) || undefined;
  });
}

async function expectErasedOnce({ customer, pseudonym, devices, erasure }: Erased): Promise<void> {
  const told = await database.rows<{ what: string; n: string }>(
    `select type || ' ' || source as what, count(*) as n from audit.leaf
      where subject = $1 and type in ('subject.erased', 'erasure.confirmed') group by 1 order by 1`,
    [pseudonym],
  );
  expect(told.map(({ what, n }) => `${what} ${n}`)).toEqual([
    ...CONFIRMING.map((service) => `erasure.confirmed ${service} 1`),
    'subject.erased enrollment 1',
  ]);
  const completed = `select count(*) as n from audit.leaf where type = 'erasure.completed' and convert_from(leaf, 'UTF8') like '%' || $1 || '%'`;
  expect(await database.count(completed, [erasure])).toBe(1);
  for (const id of [customer.subject, pseudonym, ...devices]) expect(await tracesOf(database, id)).toEqual([]);
  const details = 'select count(*) as n from audit.details d join audit.leaf l using (event_id) where l.subject = $1';
  expect(await database.count(details, [pseudonym])).toBe(0);
}

/** Everybody there is, with keys and devices; what a sign-in moves is left out. */
async function untouched() {
  return database.rows(
    `select s.id, encode(sha256(s.wrapped_data_key || s.profile), 'hex') as person, count(*) as devices,
            string_agg(c.id || c.state || encode(sha256(c.public_key || c.name), 'hex'), ' ' order by c.id) as them
       from enrollment.subject s left join enrollment.credential c on c.tenant = s.tenant and c.subject = s.id
      group by s.id, s.wrapped_data_key, s.profile order by s.id`,
  );
}

/** A few at a time: there are thousands, and a gateway takes so many connections only. */
const AT_ONCE = 50;

/** What holders of sessions hear when they ask for them, each answer once: `alive`, or the code of a refusal. */
async function heard(held: readonly Held[]): Promise<string[]> {
  const ask = (browser: Held): Promise<string> =>
    untilAnswered(() => browser.request('GET', '/auth/session')).then(() => 'alive', codeOf);
  const answers: string[] = [];
  for (let from = 0; from < held.length; from += AT_ONCE)
    answers.push(...(await Promise.all(held.slice(from, from + AT_ONCE).map(ask))));
  return [...new Set(answers)];
}

/** The others were told of sessions, and refused nothing but what was not there. */
function expectKept(signIns: readonly SignIns[]): void {
  const [told, refused] = [signIns.flatMap((each) => each.told), signIns.flatMap((each) => each.refused)];
  expect(refused.filter((code) => !NOT_NOW.has(code))).toEqual([]);
  expect(told.length).toBeGreaterThan(0);
  say(`${told.length} sign-ins of others meanwhile, ${refused.length} told to come again`);
}

/** Events of people whose sessions and devices are gone stay. */
const faults = async () => ({ ...(await faultsOf(database)), eventsWithoutSession: 0, eventsWithoutCredential: 0 });
