import { beforeAll, describe, expect, test } from '@jest/globals';
import {
  AdminDatabase,
  bearer,
  call,
  createBank,
  createCustomer,
  named,
  ORIGIN,
  postForm,
  recorded,
  refusal,
  refusedWith,
  sharedHost,
  twin,
  type Bank,
  type Customer,
  type HostProcess,
  type Json,
} from '@countersign/e2e';
import { Browser } from '@countersign/standalone';

let host: HostProcess;
let bank: Bank;
beforeAll(async () => {
  host = await sharedHost();
  bank = await createBank(host);
}, 180_000);

async function signedIn(client = bank.web): Promise<Customer> {
  const customer = await createCustomer(host, bank, { client });
  await customer.browser.signIn();
  return customer;
}

/** The same person elsewhere: another browser with the same synced passkey. */
async function elsewhere({ browser }: Customer, client = bank.web): Promise<Browser> {
  const other = new Browser(host.urls[0]!, client, ORIGIN, browser.authenticator);
  await other.signIn();
  return other;
}

const sessionsOf = async (browser: Browser): Promise<Json[]> =>
  (await browser.request<{ sessions: Json[] }>('GET', '/auth/sessions')).sessions;
const own = async (browser: Browser): Promise<string> =>
  String((await browser.request<{ session: Json }>('GET', '/auth/session')).session.id);
const isDead = async (browser: Browser): Promise<string> => refusedWith(browser.request('GET', '/auth/session'));
const mint = async (browser: Browser): Promise<string> =>
  String((await twin(browser).request('POST', '/auth/session/token', {})).accessToken);
const refresh = (clientId: string, token: string): Promise<Json> =>
  postForm(
    host.urls[0]!,
    '/oauth/token',
    { grant_type: 'refresh_token', client_id: clientId, refresh_token: token },
    named(bank.native),
  );

describe('one person’s sessions', () => {
  test('NXG-10.list · the list says device, platform, last activity, and which one is current', async () => {
    const customer = await signedIn();
    const other = await elsewhere(customer);
    const sessions = await sessionsOf(customer.browser);
    expect(sessions.map(({ id }) => id).sort()).toEqual([await own(customer.browser), await own(other)].sort());
    expect(sessions.filter(({ current }) => current).map(({ id }) => id)).toEqual([await own(customer.browser)]);
    for (const session of sessions) {
      const known = {
        subject: customer.subject,
        clientId: bank.web,
        acr: 'phr',
        platform: expect.any(String),
        lastActiveAt: expect.any(String),
      };
      expect(session).toMatchObject({ ...known, device: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    }
  });

  test('NXG-10.one · signing out ends this session, removes its cookie and leaves the others', async () => {
    const customer = await signedIn();
    const other = await elsewhere(customer);
    const kept = twin(customer.browser);
    await customer.browser.request('POST', '/auth/sign-out', {});
    expect(customer.browser.cookies.has('countersign')).toBe(false);
    expect(await isDead(kept)).toBe('session_ended');
    await other.request('GET', '/auth/session');
  });

  test('NXG-10.delete · one session of the list can be ended, and nobody else’s', async () => {
    const customer = await signedIn();
    const [other, stranger] = [await elsewhere(customer), (await signedIn()).browser];
    const path = `/auth/sessions/${await own(other)}`;
    expect(await refusedWith(stranger.request('DELETE', path))).toBe('not_found');
    await customer.browser.request('DELETE', path);
    expect(await isDead(other)).toBe('session_ended');
    expect(await refusedWith(customer.browser.request('DELETE', path))).toBe('not_found');
  });

  test('NXG-10.others · after a fresh proof all others are over, this one goes on', async () => {
    const customer = await signedIn();
    const others = [await elsewhere(customer), await elsewhere(customer, bank.native)];
    expect(await customer.browser.request('POST', '/auth/sign-out-others', {})).toEqual({ ended: 2 });
    for (const other of others) expect(await isDead(other)).toBe('session_ended');
    expect(await sessionsOf(customer.browser)).toHaveLength(1);
  });

  test('NXG-10.all · after a fresh proof every session is over, this one too', async () => {
    const customer = await signedIn();
    const other = await elsewhere(customer);
    const kept = twin(customer.browser);
    expect(await customer.browser.request('POST', '/auth/sign-out-all', {})).toEqual({ ended: 2 });
    for (const dead of [kept, other]) expect(await isDead(dead)).toBe('session_ended');
  });

  test('NXG-10.others NXG-10.all · a proof that is too old ends nothing but asks for another (RFC 9470)', async () => {
    const hasty = await createBank(host, { sessions: { signOutOthersMaxAge: 30 } });
    const customer = await createCustomer(host, hasty);
    await customer.browser.signIn();
    const database = new AdminDatabase(host);
    // The clock cannot be turned forward; the proof can be made older.
    await database.rows('update session.session set auth_time = auth_time - 40 where subject = $1', [customer.subject]);
    await database.close();
    for (const path of ['/auth/sign-out-others', '/auth/sign-out-all']) {
      const asked = await refusal(customer.browser.request('POST', path, {}));
      expect([asked.status, asked.code]).toEqual([401, 'step_up_required']);
      expect(asked.headers.get('www-authenticate')).toContain('error="insufficient_user_authentication"');
    }
    await customer.browser.stepUp();
    expect(await customer.browser.request('POST', '/auth/sign-out-others', {})).toEqual({ ended: 0 });
  });

  test('NXG-10.dead · a session that was ended is dead at once: its cookie, its tokens, introspection, step-up', async () => {
    const customer = await signedIn();
    const app = await elsewhere(customer, bank.native);
    const token = await mint(customer.browser);
    const kept = twin(customer.browser);
    expect(await bank.sdk.introspect(token)).toMatchObject({ active: true, sub: customer.subject });
    await customer.browser.request('POST', '/auth/sign-out-all', {});
    expect(await bank.sdk.introspect(token)).toEqual({ active: false });
    expect(await bank.sdk.introspect(app.accessToken!)).toEqual({ active: false });
    expect(await isDead(kept)).toBe('session_ended');
    expect(await isDead(app)).toBe('session_ended');
    const refused = await call(host, 'GET', '/auth/devices', { headers: { ...bearer(token), ...named(bank.web) } });
    expect([refused.status, refused.body.code]).toEqual([401, 'session_ended']);
    expect(await refusedWith(refresh(bank.native, app.refreshToken!))).toBe('refresh_refused');
    expect(await refusedWith(kept.stepUp())).toBe('session_ended');
  });
});

describe('a browser’s session', () => {
  test('NXG-10.one · a call that changes something needs the anti-CSRF value and an origin of the application', async () => {
    const { browser } = await signedIn();
    const wrong = [
      { 'countersign-csrf': '' },
      { 'countersign-csrf': 'A'.repeat(43) },
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: 'https://bank.example.evil.example' },
      { origin: 'http://bank.example' },
    ];
    for (const headers of wrong)
      expect(await refusedWith(browser.request('POST', '/auth/sign-out', {}, headers as never))).toBe('csrf_refused');
    const { 'countersign-csrf': _, origin: __, ...missing } = headersOf(browser);
    expect((await call(host, 'POST', '/auth/sign-out', { headers: missing, json: {} })).body.code).toBe('csrf_refused');
    await recorded(bank, { type: 'session.refused' }, ({ code }) => code === 'csrf_refused');
    await browser.request('GET', '/auth/session');
  });

  test('NXG-10.one · the cookie is for the browser alone: no script reads it, no other site sends it', async () => {
    const customer = await createCustomer(host, bank);
    const { browser } = customer;
    const options = await browser.request('POST', '/passkey/authenticate/options', {});
    const answer = await call(host, 'POST', '/passkey/authenticate/verify', {
      headers: headersOf(browser),
      json: { credential: browser.assert(options) },
    });
    const [cookie] = answer.headers.getSetCookie();
    for (const attribute of ['HttpOnly', 'SameSite=Strict', 'Path=/']) expect(cookie).toContain(attribute);
    expect(JSON.stringify(answer.body)).not.toContain(cookie!.split(/[=;]/)[1]!);
    expect(answer.headers.get('access-control-allow-origin')).toBe(ORIGIN);
    const preflight = (origin: string) =>
      call(host, 'OPTIONS', '/auth/session', { headers: { origin, 'access-control-request-method': 'GET' } });
    expect((await preflight(ORIGIN)).headers.get('access-control-allow-origin')).toBe(ORIGIN);
    expect((await preflight('https://evil.example')).headers.get('access-control-allow-origin')).toBeNull();
  });

  test('NXG-10.dead · a cookie with one letter changed is nobody’s', async () => {
    const { browser } = await signedIn();
    const cookie = browser.cookies.get('countersign')!;
    const last = cookie.at(-2) === 'A' ? 'B' : 'A';
    browser.cookies.set('countersign', `${cookie.slice(0, -2)}${last}${cookie.at(-1)}`);
    expect(await isDead(browser)).toBe('session_unknown');
  });
});

function headersOf({ clientId, origin, csrf, cookies }: Browser): Record<string, string> {
  const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  return {
    'countersign-client': clientId,
    origin,
    ...(csrf ? { 'countersign-csrf': csrf } : {}),
    ...(cookie ? { cookie } : {}),
  };
}
