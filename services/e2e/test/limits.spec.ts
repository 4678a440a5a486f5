import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  call,
  createBank,
  createCustomer,
  eventually,
  HostProcess,
  named,
  NO_LIMITS,
  ORIGIN,
  type Answer,
  type Bank,
} from '@countersign/e2e';

// An installation of its own: its addresses are counted from nothing.
let host: HostProcess;
let free: Bank;
beforeAll(async () => {
  host = await HostProcess.start();
  free = await createBank(host);
}, 180_000);
afterAll(() => host.stop(), 60_000);

const options = (bank: Bank, userName?: string, headers: Record<string, string> = {}): Promise<Answer> =>
  call(host, 'POST', '/passkey/authenticate/options', {
    headers: { ...named(bank.web), ...headers },
    json: userName === undefined ? {} : { userName },
  });

/** Waits until a window of so many seconds has just begun, so that none ends in the middle of a test. */
async function windowOf(seconds: number, least: number): Promise<void> {
  const left = seconds * 1000 - (Date.now() % (seconds * 1000));
  if (left < least * 1000) await sleep(left + 50);
}

test('BCB-16.limits RNB-7.limits · a bank over its limit is refused with Retry-After, and the other bank is not', async () => {
  const small = await createBank(host, { limits: { ...NO_LIMITS, perTenantPerSecond: 10 } });
  // A machine that takes longer for them than a window lasts has not gone over the limit: once more, in another.
  const refused = await eventually('twenty refusals at once', async () => {
    await windowOf(10, 9);
    const answers = await Promise.all(Array.from({ length: 120 }, () => options(small)));
    const found = answers.filter(({ status }) => status === 429);
    return found.length >= 20 ? found : undefined;
  });
  expect(refused[0]!.body).toMatchObject({ code: 'rate_limited', retryAfter: expect.any(Number) });
  expect(Number(refused[0]!.headers.get('retry-after'))).toBeLessThanOrEqual(10);
  expect((await options(free)).status).toBe(200);
  const { browser } = await createCustomer(host, free);
  await browser.signIn();
}, 60_000);

test('R9 · a limit by user name cannot be dodged by letter case, spaces, headers or another client id', async () => {
  const bank = await createBank(host, { limits: { ...NO_LIMITS, perUserPerMinute: 5 } });
  await windowOf(60, 15);
  for (let n = 0; n < 5; n++) expect((await options(bank, 'victim')).status).toBe(200);
  const dodges: [string, Record<string, string>][] = [
    ['victim', {}],
    ['VICTIM', {}],
    [' victim ', {}],
    ['ｖictim', {}],
    ['victim', { 'x-forwarded-for': '203.0.113.9' }],
    ['victim', { forwarded: 'for=203.0.113.9', 'x-real-ip': '203.0.113.9', 'cf-connecting-ip': '203.0.113.9' }],
    ['victim', { 'user-agent': 'another', origin: ORIGIN }],
    ['victim', named(bank.native)],
  ];
  for (const [name, headers] of dodges)
    expect([name, headers, (await options(bank, name, headers)).status]).toEqual([name, headers, 429]);
  expect((await options(bank, 'somebody else')).status).toBe(200);
}, 90_000);

test('R7 · a limit on a user name locks nobody: with a discoverable passkey the person signs in at once', async () => {
  const bank = await createBank(host, { limits: { ...NO_LIMITS, perUserPerMinute: 5 } });
  const { browser, userName } = await createCustomer(host, bank);
  await windowOf(60, 15);
  for (let n = 0; n < 6; n++) await options(bank, userName);
  expect((await options(bank, userName)).status).toBe(429);
  await browser.signIn();
}, 90_000);

test('R9 · a limit by address cannot be dodged by path, case, query, method, headers or client id', async () => {
  const bank = await createBank(host);
  const document = JSON.stringify({ limits: { ...NO_LIMITS, perAddressPerMinute: 10 } });
  await host.control('tenant', 'putPolicy', { tenant: bank.slug, document, basedOn: 2 });
  await windowOf(60, 20);
  await eventually('the limit', async () => ((await options(bank)).status === 429 ? true : undefined));
  const dodges: [string, string, Record<string, string>][] = [
    ['POST', '/passkey/authenticate/options', {}],
    ['POST', '/passkey/authenticate/options?x=1', {}],
    ['POST', '/PASSKEY/authenticate/OPTIONS', {}],
    ['POST', '/passkey//authenticate/options', {}],
    ['POST', '/passkey/authenticate/options/', {}],
    ['POST', '/%70asskey/authenticate/options', {}],
    ['PUT', '/passkey/authenticate/options', {}],
    ['POST', '/passkey/authenticate/options', { 'x-forwarded-for': '198.51.100.1, 203.0.113.9' }],
    ['POST', '/passkey/authenticate/options', { 'x-forwarded-for': '::1', 'x-real-ip': '203.0.113.9' }],
    ['POST', '/passkey/authenticate/options', named(bank.native)],
    ['GET', '/auth/session', { authorization: 'Bearer nonsense' }],
  ];
  for (const [method, path, headers] of dodges) {
    const json = method === 'GET' ? undefined : {};
    const { status } = await call(host, method, path, { headers: { ...named(bank.web), ...headers }, json });
    expect([method, path, headers, status]).toEqual([method, path, headers, 429]);
  }
}, 90_000);
