import { beforeAll, describe, expect, test } from '@jest/globals';
import {
  bearer,
  call,
  createBank,
  createCustomer,
  eventually,
  named,
  recorded,
  refusal,
  refusedWith,
  SCOPES,
  serverToken,
  sharedHost,
  type Bank,
  type Customer,
  type HostProcess,
  type Json,
} from '@countersign/e2e';
import { PLATFORM_SLUG, randomSecret, uuidv7 } from '@countersign/kernel';
import { Browser } from '@countersign/standalone';

const OPERATORS = 'countersign-operators';

let host: HostProcess;
let bank: Bank;
let other: Bank;
beforeAll(async () => {
  host = await sharedHost();
  [bank, other] = [await createBank(host), await createBank(host)];
}, 180_000);

const activityOf = async (browser: Browser, query = ''): Promise<{ events: Json[]; nextCursor?: string }> =>
  browser.request('GET', `/auth/activity${query}`);

async function signedIn(at = bank): Promise<Customer & { session: string; device: string }> {
  const customer = await createCustomer(host, at);
  // What two services record within a moment may enter the log in either order.
  await recorded(at, { type: 'credential.enrolled', about: customer.device });
  const { session } = (await customer.browser.signIn()) as { session: { id: string } };
  await recorded(at, { type: 'session.established', about: session.id });
  return { ...customer, session: session.id };
}

/** Somebody new and their history; on a busy machine risk may be too late for a sign-in, which the record then says. */
async function judged() {
  const customer = await signedIn();
  const { events } = await activityOf(customer.browser);
  return (events[0]!.risk as Json).level === 'ABSENT' ? undefined : { ...customer, events };
}

describe('the person’s own history', () => {
  test('BCB-8.activity · it tells what happened to the account, newest first, with device, session and risk', async () => {
    const { session, device, events } = await eventually('a sign-in that risk judged in time', judged);
    expect(events.map(({ type }) => type)).toEqual([
      'session.established',
      'credential.enrolled',
      'ticket.opened',
      'subject.created',
    ]);
    expect(events[0]).toMatchObject({ session, device, outcome: 'success', risk: { level: 'LOW' } });
    const times = events.map(({ time }) => Date.parse(String(time)));
    expect(times).toEqual([...times].sort((a, b) => b - a));
  });

  test('BCB-8.activity · address and browser are opened for the person alone; the record holds a commitment', async () => {
    const customer = await createCustomer(host, bank);
    const options = await customer.browser.request('POST', '/passkey/authenticate/options', {});
    const agent = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) Firefox/150.0' };
    await customer.browser.request(
      'POST',
      '/passkey/authenticate/verify',
      { credential: customer.browser.assert(options) },
      agent,
    );
    const about = (await customer.browser.request<{ session: { id: string } }>('GET', '/auth/session')).session.id;
    const event = await recorded(bank, { type: 'session.established', about });
    const { events } = await activityOf(customer.browser);
    expect(events.find(({ type }) => type === 'session.established')!.details).toEqual({
      address: expect.stringMatching(/^(127\.0\.0\.1|::1)$/),
      userAgent: agent['user-agent'],
    });
    expect(event.personal).toEqual({ c: expect.stringMatching(/^[\w-]{43}$/), k: expect.any(String) });
    expect(JSON.stringify(event)).not.toMatch(/127\.0\.0\.1|Firefox/);
  });

  test('BCB-8.activity · nobody sees another’s history, and failed attempts against one’s own account are in it', async () => {
    const [ada, bob] = [await signedIn(), await signedIn()];
    const options = await ada.browser.request('POST', '/passkey/authenticate/options', {});
    const forged = ada.browser.authenticator.authenticate(options as never, { origin: 'https://evil.example' });
    await refusal(
      ada.browser.request('POST', '/passkey/authenticate/verify', { credential: forged as unknown as Json }),
    );
    await recorded(bank, { type: 'authentication.refused', about: ada.device });
    const { events } = await activityOf(ada.browser);
    expect(events[0]).toMatchObject({ type: 'authentication.refused', outcome: 'refused', device: ada.device });
    expect((await activityOf(bob.browser)).events.map(({ device }) => device)).not.toContain(ada.device);
  });

  test('BCB-8.activity · it is paged by cursor, without gap or repetition', async () => {
    const { browser } = await signedIn();
    const all = (await activityOf(browser)).events.map(({ id }) => id);
    const paged: unknown[] = [];
    for (let cursor = ''; ;) {
      const page = await activityOf(browser, `?limit=1${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
      paged.push(...page.events.map(({ id }) => id));
      if (!page.nextCursor) break;
      cursor = page.nextCursor;
    }
    expect(paged).toEqual(all);
    expect(await refusedWith(activityOf(browser, '?cursor=nonsense'))).toBe('cursor_invalid');
  });
});

describe('the bank’s search', () => {
  test('BCB-8.search · by type, by what it is about, by outcome and by time', async () => {
    const { session, device } = await signedIn();
    const about = async (query: object): Promise<Json[]> =>
      (await bank.sdk.events(query)).events.map(({ event }) => event);
    expect(await about({ about: session })).toEqual([
      expect.objectContaining({ type: 'session.established', credential: device }),
    ]);
    expect((await about({ about: device })).map(({ type }) => type)).toEqual([
      'session.established',
      'credential.enrolled',
    ]);
    for (const { outcome } of await about({ outcome: 'refused' })) expect(outcome).toBe('refused');
    const [event] = await about({ about: session });
    const at = String(event!.time);
    expect(await about({ about: session, from: at })).toHaveLength(1);
    expect(await about({ about: session, to: at })).toHaveLength(0);
    const rising = (await bank.sdk.events({ order: 'asc', limit: 200 })).events.map(({ index }) => index);
    expect(rising).toEqual([...rising].sort((a, b) => a - b));
  });

  test('BCB-8.search · all events of one request are found by its id', async () => {
    const { browser } = await signedIn();
    const options = await browser.request('POST', '/passkey/authenticate/options', {});
    const forged = browser.authenticator.authenticate(options as never, { origin: 'https://evil.example' });
    const { problem } = await refusal(
      browser.request('POST', '/passkey/authenticate/verify', { credential: forged as unknown as Json }),
    );
    const about = String(problem.requestId);
    expect(await recorded(bank, { about })).toMatchObject({
      type: 'authentication.refused',
      request: about,
      code: 'origin_not_allowed',
    });
  });

  test('BCB-8.search · a bank reads its own log and no other, with the scope and not without', async () => {
    const { session } = await signedIn();
    expect((await other.sdk.events({ about: session })).events).toEqual([]);
    for (const { event } of (await other.sdk.events({ limit: 200 })).events) expect(event.tenant).toBe(other.tenant);
    const foreign = await call(host, 'GET', `/audit/events?tenant=${bank.slug}`, {
      headers: bearer(await serverToken(host, other)),
    });
    expect(foreign.status).toBe(400);
    const blind = await serverToken(host, bank, SCOPES.filter((scope) => scope !== 'audit:read').join(' '));
    expect((await call(host, 'GET', '/audit/events', { headers: bearer(blind) })).body.code).toBe('scope_missing');
    const { browser } = await signedIn();
    expect(await refusedWith(browser.request('GET', `/audit/events?tenant=${bank.slug}`))).toBe('not_found');
  });

  test('BCB-8.search · what nobody could mean is refused by name', async () => {
    const headers = bearer(await serverToken(host, bank));
    for (const query of [
      'from=yesterday',
      'limit=0',
      'limit=201',
      'outcome=maybe',
      'nonsense=1',
      'type=A',
      'about=%00',
      'order=up',
    ]) {
      const { status, body } = await call(host, 'GET', `/audit/events?${query}`, { headers });
      expect([query, status, body.code]).toEqual([query, 400, 'request_invalid']);
    }
  });
});

describe('operators', () => {
  /** As the command `countersign operator invite` does it. */
  async function invited(tenant: string, role: string): Promise<Browser> {
    const person = {
      reference: `operator-${randomSecret(6)}`,
      displayName: 'An Operator',
      idempotencyKey: uuidv7(),
      tenant: PLATFORM_SLUG,
    };
    const { subject } = await host.control<{ subject: string }>('enrollment', 'createSubject', person);
    await host.control('tenant', 'addOperator', { tenant, subject, roles: [role] });
    const { ticket } = await host.control<{ ticket: string }>('enrollment', 'issueTicket', {
      subject,
      withPin: false,
      tenant: PLATFORM_SLUG,
    });
    const browser = new Browser(host.urls[0]!, OPERATORS, host.info.publicUrl);
    await eventually('the link', () => browser.openTicket(ticket).catch(() => undefined));
    await browser.register('Operator key');
    await browser.signIn();
    return browser;
  }

  test('BCB-8.search · the first operator enrolls by a one-time link, signs in with a passkey and searches the tenant they are for', async () => {
    const { session } = await signedIn();
    const operator = await invited(bank.slug, 'auditor');
    const found = await eventually('the operator’s role', () =>
      operator
        .request<{ events: Json[] }>('GET', `/audit/events?tenant=${bank.slug}&about=${session}`)
        .catch(() => undefined),
    );
    expect(found.events).toEqual([
      expect.objectContaining({ event: expect.objectContaining({ session, tenant: bank.tenant }) }),
    ]);
    expect(await refusedWith(operator.request('GET', `/audit/events?tenant=${other.slug}`))).toBe('not_found');
    expect(await refusedWith(operator.request('GET', '/audit/events?tenant=no-such-bank'))).toMatch(
      /^(not_found|tenant_unknown)$/,
    );
    expect(await refusedWith(operator.request('GET', '/audit/events'))).toBe('request_invalid');
  });

  test('BCB-8.search · a person of no role reads nothing, and an operator’s cookie is not a bank’s', async () => {
    const person = {
      reference: `guest-${randomSecret(6)}`,
      displayName: '',
      idempotencyKey: uuidv7(),
      tenant: PLATFORM_SLUG,
    };
    const { subject } = await host.control<{ subject: string }>('enrollment', 'createSubject', person);
    const { ticket } = await host.control<{ ticket: string }>('enrollment', 'issueTicket', {
      subject,
      withPin: false,
      tenant: PLATFORM_SLUG,
    });
    const guest = new Browser(host.urls[0]!, OPERATORS, host.info.publicUrl);
    await guest.openTicket(ticket);
    await guest.register('Guest key');
    await guest.signIn();
    expect(await refusedWith(guest.request('GET', `/audit/events?tenant=${bank.slug}`))).toBe('not_found');
    const cookie = `countersign=${guest.cookies.get('countersign')}`;
    const answer = await call(host, 'GET', '/auth/devices', { headers: { cookie, ...named(bank.web) } });
    expect([answer.status, answer.body.code]).toEqual([401, 'client_mismatch']);
  });
});
