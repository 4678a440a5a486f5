import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  AdminDatabase,
  CALM,
  PARALLEL,
  createBank,
  createCustomer,
  everyRound,
  grantFor,
  invite,
  race,
  sharedHost,
  twin,
  type Bank,
  type Customer,
  type HostProcess,
} from '../src/index.js';
import { actionHash } from '@countersign/sdk-node';
import { Browser, type Json } from '@countersign/standalone';

const LIMIT_MS = 600_000;
const PAYEE = { name: 'payee.add', hash: actionHash({ name: 'payee.add', parameters: {} }) };

let host: HostProcess;
let bank: Bank;
let customer: Customer;
let database: AdminDatabase;

beforeAll(async () => {
  host = await sharedHost({ shape: 'services', replicas: 2 });
  database = new AdminDatabase(host);
  bank = await createBank(host, { risk: CALM });
  customer = await createCustomer(host, bank);
}, 120_000);

afterAll(() => database?.close());

const credentialsOf = (subject: string): Promise<number> =>
  database.count('select count(*) as n from enrollment.credential where subject = $1', [subject]);
const sessionsOf = (subject: string): Promise<number> =>
  database.count('select count(*) as n from session.session where subject = $1', [subject]);
const grantsOf = (session: string): Promise<number> =>
  database.count(
    `select count(*) as n from session.outbox
      where type = 'grant.issued' and position($1 in convert_from(leaf, 'UTF8')) > 0`,
    [session],
  );

describe(`${PARALLEL} at the same time, over two processes of each service`, () => {
  test(
    'R3 · one challenge of a registration enrolls one credential',
    async () => {
      await everyRound(async () => {
        const { subject, browser } = await invite(host, bank);
        const options = await browser.request('POST', '/passkey/register/options', {});
        const body = { credential: register(browser, options), name: 'a device' };
        const { won, lost } = await race(host, (api) => finish(twin(browser, api), body));
        expect(won).toHaveLength(1);
        expect(new Set(lost)).toEqual(new Set(['challenge_spent']));
        expect(await credentialsOf(subject)).toBe(1);
      });
    },
    LIMIT_MS,
  );

  test(
    'R3 · one ticket with a challenge and an authenticator for each attempt enrolls one credential',
    async () => {
      await everyRound(async () => {
        const { subject, browser } = await invite(host, bank);
        const attempts = await race(host, async (api) => {
          const tab = new Browser(api, bank.web, browser.origin);
          for (const [name, value] of browser.cookies) tab.cookies.set(name, value);
          const options = await tab.request('POST', '/passkey/register/options', {});
          return { tab, body: { credential: register(tab, options), name: 'a device' } };
        });
        expect(attempts.won).toHaveLength(PARALLEL);
        const { won, lost } = await race(host, (_, n) => finish(attempts.won[n]!.tab, attempts.won[n]!.body));
        expect(won).toHaveLength(1);
        expect(new Set(lost)).toEqual(new Set(['enrollment_binding_refused']));
        expect(await credentialsOf(subject)).toBe(1);
      });
    },
    LIMIT_MS,
  );

  test(
    'R1 · one challenge of a sign-in opens one session',
    async () => {
      const stranger = new Browser(host.urls[0]!, bank.web, customer.browser.origin, customer.browser.authenticator);
      await everyRound(async () => {
        const before = await sessionsOf(customer.subject);
        const options = await stranger.request('POST', '/passkey/authenticate/options', {});
        const body = { credential: stranger.assert(options) };
        const { won, lost } = await race(host, (api) =>
          twin(stranger, api).request('POST', '/passkey/authenticate/verify', body),
        );
        expect(won).toHaveLength(1);
        expect(new Set(lost)).toEqual(new Set(['challenge_spent']));
        expect(await sessionsOf(customer.subject)).toBe(before + 1);
      });
    },
    LIMIT_MS,
  );

  test(
    'R1 · one challenge of a step-up gives one grant',
    async () => {
      const { browser } = customer;
      const { session } = await browser.signIn();
      const { id } = session as { id: string };
      await everyRound(async (index) => {
        const options = await browser.request('POST', '/auth/step-up/options', { action: PAYEE });
        const body = { credential: browser.assert(options) };
        const { won, lost } = await race(host, (api) =>
          twin(browser, api).request('POST', '/auth/step-up/verify', body),
        );
        expect(won).toHaveLength(1);
        expect(new Set(lost)).toEqual(new Set(['challenge_spent']));
        expect(await grantsOf(id)).toBe(index + 1);
      });
    },
    LIMIT_MS,
  );

  test(
    'R1 · one challenge presented with false signatures and a true one is spent by the first of them',
    async () => {
      const stranger = new Browser(host.urls[0]!, bank.web, customer.browser.origin, customer.browser.authenticator);
      await everyRound(async () => {
        const options = await stranger.request('POST', '/passkey/authenticate/options', {});
        const bodies = [true, false].map((honest) => ({ credential: signed(stranger, options, honest) }));
        const { won, lost } = await race(host, (api, n) =>
          twin(stranger, api).request('POST', '/passkey/authenticate/verify', bodies[n % 3 === 0 ? 0 : 1]!),
        );
        expect(won.length).toBeLessThanOrEqual(1);
        expect(lost.filter((code) => code === 'challenge_spent')).toHaveLength(PARALLEL - 1);
      });
    },
    LIMIT_MS,
  );

  test(
    'BCB-3.grant R29 · one grant to add an authenticator adds one',
    async () => {
      const { subject, browser } = customer;
      await browser.signIn();
      await everyRound(async () => {
        const before = await credentialsOf(subject);
        const grant = await grantFor(browser, 'authenticator.add');
        const { won } = await race(host, async (api) => {
          const device = new Browser(api, bank.web, browser.origin);
          const tab = twin(browser, api);
          const options = await tab.request('POST', '/passkey/register/options', {}, { 'countersign-grant': grant });
          return finish(tab, { credential: register(device, options), name: 'a further device' });
        });
        expect(won).toHaveLength(1);
        expect(await credentialsOf(subject)).toBe(before + 1);
      });
    },
    LIMIT_MS,
  );
});

const register = ({ authenticator, origin }: Browser, options: Json): Json =>
  authenticator.register(options as never, { origin }) as unknown as Json;

const finish = (tab: Browser, body: Json): Promise<Json> => tab.request('POST', '/passkey/register/verify', body);

function signed({ authenticator, origin }: Browser, options: Json, honest: boolean): Json {
  const alter = honest
    ? {}
    : { signature: (der: Uint8Array<ArrayBuffer>) => der.with(der.length - 1, der.at(-1)! ^ 1) };
  return authenticator.authenticate(options as never, { origin, alter }) as unknown as Json;
}
