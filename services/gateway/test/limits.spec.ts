import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Database } from '@countersign/database';
import { PLATFORM_TENANT } from '@countersign/kernel';
import type { StartedService } from '@countersign/platform';
import { DailySalt } from '../src/limits/daily-salt.js';
import { PgRateStore } from '../src/store/rate-store.js';
import { House, NATIVE, OTHER, SERVER, WEB, type Received, type Sent } from './fakes/house.js';

const OPTIONS = '/v1/passkey/authenticate/options';
const VERIFY = '/v1/passkey/authenticate/verify';
const LIMITS = { limits: { perAddressPerMinute: 10, perUserPerMinute: 5, perTenantPerSecond: 1_000 } };

let house: House;

beforeAll(async () => {
  house = await House.open({
    policy: LIMITS,
    settings: { trustedProxies: '127.0.0.0/8' },
  });
});
afterAll(() => house.stop());

/** Counts begin anew with each window of so many seconds: what would run into the next one waits for it. */
async function windowOf(seconds: number, leastMs: number): Promise<void> {
  const left = seconds * 1_000 - (Date.now() % (seconds * 1_000));
  if (left < leastMs) await sleep(left + 100);
}

beforeEach(() => windowOf(60, 15_000));

/** Another replica; behind a proxy unless told otherwise. */
async function replica(settings: Record<string, unknown> = { trustedProxies: '127.0.0.0/8' }): Promise<StartedService> {
  const started = await house.startGateway(settings);
  await sleep(150);
  return started;
}

let network = 0;
/** An address no test has used. */
const stranger = (): string => `198.51.100.${(network += 1)}`;

const send = (path: string, from: string, sent: Sent = {}, at = house.gateway): Promise<Received> =>
  house.send(
    path,
    { method: 'POST', ...sent, headers: { 'countersign-client': WEB, 'x-forwarded-for': from, ...sent.headers } },
    at,
  );

async function exhaust(from: string, at = house.gateway): Promise<void> {
  for (let i = 0; i < 10; i += 1) expect((await send(OPTIONS, from, {}, at)).status).toBe(200);
}

describe('limits by address', () => {
  test('R9 · past it: 429 with Retry-After, for this address and no other', async () => {
    const from = stranger();
    await exhaust(from);
    const { status, json, headers } = await send(OPTIONS, from);
    expect([status, json.code]).toEqual([429, 'rate_limited']);
    expect(Number(headers['retry-after'])).toBe(json.retryAfter);
    expect(json.retryAfter).toBeGreaterThan(0);
    expect(json.retryAfter).toBeLessThanOrEqual(60);
    expect((await send(OPTIONS, stranger())).status).toBe(200);
  });

  test.each<[string, string, Sent]>([
    ['another operation', '/v1/enrollment-tickets/open', { body: { ticket: 'ticket' } }],
    ['an unknown path', '/v1/nowhere', {}],
    ['another letter case of the path', '/V1/PASSKEY/authenticate/options', {}],
    ['an encoded path', '/v1/passkey/authenticate/%6fptions', {}],
    ['a query', `${OPTIONS}?x=1`, {}],
    ['another method', OPTIONS, { method: 'HEAD' }],
    ['another application of the tenant', OPTIONS, { headers: { 'countersign-client': NATIVE } }],
    ['another tenant', OPTIONS, { headers: { 'countersign-client': OTHER } }],
    ['other letters in header names', OPTIONS, { headers: { 'CounterSign-CLIENT': WEB } }],
    [
      'other forwarding headers',
      OPTIONS,
      { headers: { 'x-real-ip': '192.0.2.1', forwarded: 'for=192.0.2.1', 'true-client-ip': '192.0.2.1' } },
    ],
    ['a broken body', OPTIONS, { body: '{', headers: { 'content-type': 'application/json' } }],
  ])('R9 · is not dodged by %s', async (_name, path, sent) => {
    const from = stranger();
    await exhaust(from);
    expect((await send(path, from, sent)).status).toBe(429);
  });

  test('R9 · is not dodged by addresses the client writes itself', async () => {
    const from = stranger();
    for (let i = 0; i < 10; i += 1) await send(OPTIONS, `192.0.2.${i}, ${from}`);
    expect((await send(OPTIONS, `192.0.2.99, ${from}`)).status).toBe(429);
    const unproxied = await replica({ trustedProxies: '' });
    for (let i = 0; i < 10; i += 1) await send(OPTIONS, stranger(), {}, unproxied);
    expect((await send(OPTIONS, stranger(), {}, unproxied)).status).toBe(429);
  });

  test('R9 · one /64 is one address', async () => {
    for (let i = 0; i < 10; i += 1) await send(OPTIONS, `2001:db8:5:1::${i}`);
    expect((await send(OPTIONS, '2001:DB8:0005:1:ffff::1')).status).toBe(429);
    expect((await send(OPTIONS, '2001:db8:5:2::1')).status).toBe(200);
  });

  test('R9 · who names no application, or an unknown one, gets nowhere past the limit', async () => {
    const from = stranger();
    await exhaust(from);
    const { 'countersign-client': _client, ...session } = house.signedIn();
    const unnamed = { method: 'GET', headers: { ...session, 'countersign-client': '' } };
    expect((await send('/v1/auth/session', from, unnamed)).json.code).toBe('rate_limited');
    expect((await send(OPTIONS, from, { headers: { 'countersign-client': 'nobody' } })).json.code).toBe(
      'client_unknown',
    );
  });

  test('probes are not limited', async () => {
    const from = stranger();
    await exhaust(from);
    expect((await send('/healthz', from, { method: 'GET' })).status).toBe(200);
  });

  test('R9 · what names its tenant in the path is judged by that tenant’s limit, on the same count', async () => {
    const [mild, strict] = [stranger(), stranger()];
    const keys = (slug: string, from: string) =>
      send(`/v1/t/${slug}/jwks.json`, from, { method: 'GET', headers: { 'countersign-client': '' } });
    for (let i = 0; i < 10; i += 1) expect((await keys('bank', strict)).status).toBe(200);
    expect((await keys('bank', strict)).status).toBe(429);
    expect((await send(OPTIONS, strict)).status).toBe(429);
    // Nobody's path has the default, 300.
    for (let i = 0; i < 20; i += 1) expect((await keys('nobody', mild)).status).toBeLessThan(429);
    expect((await keys('bank', mild)).status).toBe(429);
    // And a bank that allows more than the default has it here too.
    await house.publish({ limits: { perAddressPerMinute: 1_000 } });
    const many = stranger();
    try {
      for (let i = 0; i < 320; i += 1) expect((await keys('bank', many)).status).toBe(200);
    } finally {
      await house.publish(LIMITS);
    }
  });

  test('a tenant’s server is held to its tenant’s limit; only bad tokens count for its address', async () => {
    const from = stranger();
    const good = { body: { reference: 'c' }, headers: { ...house.server('subjects:write'), 'countersign-client': '' } };
    for (let i = 0; i < 30; i += 1) expect((await send('/v1/subjects', from, good)).status).toBeLessThan(300);
    const bad = { body: { reference: 'c' }, headers: { authorization: 'Bearer guessed' } };
    for (let i = 0; i < 300; i += 1) expect((await send('/v1/subjects', from, bad)).status).toBe(401);
    expect((await send('/v1/subjects', from, bad)).status).toBe(429);
  });
});

describe('R9 BCB-16.limits · a stranger who calls as if from a bank', () => {
  const attempts: [string, object][] = [
    ['without a token', { body: { reference: 'c' } }],
    ['without a token, naming the bank', { body: { reference: 'c' }, headers: { 'countersign-client': SERVER } }],
    ['with a body that is none', { body: 'no object', headers: { authorization: 'Bearer guessed' } }],
    ['with a header that is no bearer', { body: { reference: 'c' }, headers: { authorization: 'Basic eA==' } }],
  ];

  test.each(attempts)(
    '%s is held to the limit of the own address, and uses up nothing of the bank’s',
    async (_, call) => {
      const from = stranger();
      for (let i = 0; i < 300; i += 1) expect((await send('/v1/subjects', from, call)).status).toBeLessThan(429);
      expect((await send('/v1/subjects', from, call)).status).toBe(429);
      const good = {
        body: { reference: 'c' },
        headers: { ...house.server('subjects:write'), 'countersign-client': '' },
      };
      expect((await send('/v1/subjects', stranger(), good)).status).toBeLessThan(300);
    },
  );
});

describe('limits by user name', () => {
  test('R9 · letter case makes no other name, another address no other count', async () => {
    const name = (userName: string, from = stranger()) => send(OPTIONS, from, { body: { userName } });
    for (const spelt of ['ada', 'ADA', 'Ada', ' ada', 'aDa ']) expect((await name(spelt)).status).toBe(200);
    expect((await name('AdA')).json.code).toBe('rate_limited');
    expect((await name('bob')).status).toBe(200);
  });

  test('R7 · failed proofs lock nobody: the next good one signs in, also past the limit of the name', async () => {
    const proof = (signature: string) => ({
      body: {
        credential: {
          id: 'a2V5',
          rawId: 'a2V5',
          type: 'public-key',
          response: { clientDataJSON: 'e30', authenticatorData: 'AA', signature },
        },
      },
    });
    for (let i = 0; i < 50; i += 1) expect((await send(VERIFY, stranger(), proof('bad'))).status).toBe(401);
    for (let i = 0; i < 6; i += 1) await send(OPTIONS, stranger(), { body: { userName: 'carol' } });
    expect((await send(OPTIONS, stranger(), {})).status).toBe(200);
    expect((await send(VERIFY, stranger(), proof('good'))).status).toBe(200);
  });
});

describe('limits by tenant', () => {
  const window = (): number => Math.floor(Date.now() / 10_000);

  /** So many requests in a window that began with them; once more where it ended before they did. */
  async function inOneWindow(count: number): Promise<number[]> {
    for (;;) {
      await sleep(10_050 - (Date.now() % 10_000));
      const [began, from, statuses] = [window(), stranger(), [] as number[]];
      while (statuses.length < count) statuses.push((await send(OPTIONS, from)).status);
      if (window() === began) return statuses;
    }
  }

  test('BCB-16.limits · one tenant’s flood is no other tenant’s', async () => {
    const crowded = { limits: { perAddressPerMinute: 100_000, perTenantPerSecond: 10 } };
    await house.publish(crowded);
    expect(await inOneWindow(101)).toEqual([...Array<number>(100).fill(200), 429]);
    expect((await send(OPTIONS, stranger(), { headers: { 'countersign-client': OTHER } })).status).toBe(200);
    await house.publish(LIMITS);
  });
});

describe('replicas', () => {
  let database: Database;
  beforeAll(() => void (database = house.installation.database.open('gateway')));

  /** How many requests of an address all replicas together have written down. */
  async function written(address: string): Promise<number> {
    const salt = new DailySalt(new PgRateStore(database).today);
    await salt.refresh();
    const text = 'select sum(count)::int as count from rate_counter where key = $1';
    const key = Buffer.from(salt.hash(`address ${address}`), 'hex');
    return (await database.query<{ count: number }>({ name: 'written', text }, [key])).rows[0]!.count;
  }

  async function untilWritten(address: string, count: number): Promise<void> {
    for (const end = Date.now() + 10_000; (await written(address)) !== count; await sleep(50))
      if (Date.now() > end) throw new Error(`not written within 10 s: ${count} requests`);
  }

  test('R9 · what one counted, the other knows with its next exchange; what is written are hashes', async () => {
    const first = house.gateway;
    const second = await replica();
    const from = '203.0.113.77';
    for (let i = 0; i < 5; i += 1) await send(OPTIONS, from, {}, first);
    for (let i = 0; i < 5; i += 1) await send(OPTIONS, from, {}, second);
    await untilWritten(from, 10);
    // Who told its count before the other did learns of that with its next request. By its own count five more would pass.
    let passed = 0;
    while (passed < 5 && (await send(OPTIONS, from, {}, first)).status === 200) await untilWritten(from, 10 + ++passed);
    expect(passed).toBeLessThanOrEqual(2);
    const { rows } = await database.query<{ key: Buffer }>({ name: 'keys', text: 'select key from rate_counter' });
    expect(rows.length).toBeGreaterThan(0);
    for (const { key } of rows) expect([key.length, key.includes(from)]).toEqual([16, false]);
  });
});

describe('the gateway’s own refusals', () => {
  test('are one event per tenant, code and network, however many there were, without an address', async () => {
    const own = await replica();
    const from = stranger();
    await exhaust(from, own);
    for (let i = 0; i < 40; i += 1) await send(OPTIONS, from, {}, own);
    await send('/v1/nowhere', stranger(), {}, own);
    await own.stop();
    const events = (await house.installation.events('gateway')).filter(({ type }) => type === 'refusals.aggregated');
    const flood = events.filter(({ code, facts }) => code === 'rate_limited' && facts.count === '40');
    expect(flood).toMatchObject([{ tenant: house.bank.tenant, outcome: 'refused', facts: { seconds: '10' } }]);
    expect(flood[0]!.facts.network).toMatch(/^[0-9a-f]{16}$/);
    expect(flood[0]!.request).toMatch(/^[0-9a-f-]{36}$/);
    expect(events.some(({ code }) => code === 'route_unknown')).toBe(true);
    expect(JSON.stringify(events)).not.toMatch(/198\.51\.100/);
  });

  test('are of the tenant in the path where no application is named, and of the platform where somebody unknown is', async () => {
    const own = await replica();
    const [crowd, guesser] = [stranger(), stranger()];
    const keys = (from: string, client: string) =>
      send('/v1/t/bank/jwks.json', from, { method: 'GET', headers: { 'countersign-client': client } }, own);
    for (let i = 0; i < 17; i += 1) await keys(crowd, '');
    for (let i = 0; i < 6; i += 1) await keys(guesser, 'nobody');
    await own.stop();
    const events = await house.installation.events('gateway');
    const tenantsOf = (code: string, count: string) =>
      events.filter((event) => event.code === code && event.facts.count === count).map(({ tenant }) => tenant);
    expect(tenantsOf('rate_limited', '7')).toEqual([house.bank.tenant]);
    expect(tenantsOf('client_unknown', '6')).toEqual([PLATFORM_TENANT]);
  });

  test('a token that leads to nobody is counted here, since no service can say whose it is', async () => {
    const own = await replica();
    const unknown = { method: 'GET', headers: { authorization: 'Bearer unknown' } };
    await send('/v1/auth/session', stranger(), unknown, own);
    await own.stop();
    const events = await house.installation.events('gateway');
    expect(events.find(({ code, facts }) => code === 'token_invalid' && facts.count === '1')).toBeDefined();
  });
});
