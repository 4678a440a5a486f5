import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from '@jest/globals';
import {
  addDevice,
  bearer,
  call,
  createBank,
  createCustomer,
  filled,
  grantFor,
  named,
  operationsOf,
  ORIGIN,
  recorded,
  serverToken,
  sharedHost,
  type Answer,
  type Bank,
  type Customer,
  type HostProcess,
  type Json,
  type Operation,
} from '@countersign/e2e';
import { actionHash } from '@countersign/sdk-node';
import { Browser } from '@countersign/standalone';

const PAYEE = { name: 'payee.add', parameters: { iban: 'DE02120300000000202051' } };

/** A bank with everything of it that has an id or opens something. */
interface Side {
  bank: Bank;
  customer: Customer;
  app: Browser;
  device: string;
  session: string;
  otherDevice: string;
  server: string;
  /** Of a person who is no more. */
  erasure: string;
}

let host: HostProcess;
let operations: Operation[];
let ours: Side;
let theirs: Side;
beforeAll(async () => {
  host = await sharedHost();
  [ours, theirs] = [await side(), await side()];
  operations = await operationsOf(host, named(ours.bank.web));
}, 180_000);

async function side(): Promise<Side> {
  const bank = await createBank(host);
  const customer = await createCustomer(host, bank);
  const { device, session } = (await customer.browser.signIn()) as { device: string; session: { id: string } };
  const added = await addDevice(host, bank, customer);
  await added.app.signIn();
  await recorded(bank, { type: 'session.established', about: added.id });
  return {
    bank,
    customer,
    app: added.app,
    device,
    session: session.id,
    otherDevice: added.id,
    server: await serverToken(host, bank),
    erasure: (await bank.sdk.eraseSubject((await createCustomer(host, bank)).subject)).id,
  };
}

/** Where each route's id comes from. A route whose id is not here fails the test: say whose it is. */
const IDS: Record<string, (of: Side) => string> = {
  '/subjects/{id}': ({ customer }) => customer.subject,
  '/subjects/{id}/export': ({ customer }) => customer.subject,
  '/erasures/{id}': ({ erasure }) => erasure,
  '/subjects/{id}/enrollment-tickets': ({ customer }) => customer.subject,
  '/auth/sessions/{id}': ({ session }) => session,
  '/auth/devices/{id}': ({ otherDevice }) => otherDevice,
  '/auth/devices/{id}/suspend': ({ otherDevice }) => otherDevice,
  '/auth/devices/{id}/resume': ({ otherDevice }) => otherDevice,
};
/** Public by design: a bank's issuer, its keys and its related origins are for everybody. */
const PUBLIC = [
  '/t/{tenant}/.well-known/openid-configuration',
  '/t/{tenant}/.well-known/webauthn',
  '/t/{tenant}/jwks.json',
];
/** Actions of routes that want a grant for the very id. */
const GRANTS: Record<string, string> = { removeDevice: 'authenticator.remove', resumeDevice: 'authenticator.resume' };

/** What the caller can compare: all but what is different in every answer. */
function visible({ status, body, headers }: Answer): unknown {
  const { requestId: _, ...rest } = body;
  const kept = [...headers].filter(([name]) => !['date', 'countersign-request-id', 'content-length'].includes(name));
  return { status, body: rest, headers: kept };
}

/** Calls an operation for an id with the credentials of a side: its server's token or its person's cookie. */
async function tried(operation: Operation, { server, customer }: Side, id: string): Promise<Answer> {
  const { method, path, schemes, operationId, example } = operation;
  const json =
    method === 'GET' || method === 'DELETE'
      ? undefined
      : operationId === 'renameDevice'
        ? { name: 'Mine' }
        : (example ?? {});
  if (schemes.includes('server')) return call(host, method, filled(path, { id }), { headers: bearer(server), json });
  const grant: Record<string, string> = GRANTS[operationId]
    ? { 'countersign-grant': await grantFor(customer.browser, GRANTS[operationId], { id }) }
    : {};
  return call(host, method, filled(path, { id }), { headers: { ...cookieOf(customer.browser), ...grant }, json });
}

function cookieOf({ clientId, csrf, cookies }: Browser): Record<string, string> {
  const cookie = `countersign=${cookies.get('countersign')}`;
  return { ...named(clientId), origin: ORIGIN, cookie, 'countersign-csrf': csrf! };
}

describe('ids of another bank', () => {
  test('BCB-16.rows · every route with an id answers another bank’s id as it answers one nobody has', async () => {
    const withIds = operations.filter(({ ids, path }) => ids.length > 0 && !PUBLIC.includes(path));
    expect(withIds.filter(({ path }) => !(path in IDS)).map(({ path }) => path)).toEqual([]);
    expect(withIds.length).toBeGreaterThanOrEqual(7);
    for (const operation of withIds) {
      const [foreign, nobody] = [
        await tried(operation, ours, IDS[operation.path]!(theirs)),
        await tried(operation, ours, randomUUID()),
      ];
      expect([operation.operationId, foreign.status, foreign.body.code]).toEqual([
        operation.operationId,
        404,
        'not_found',
      ]);
      expect(visible(foreign)).toEqual(visible(nobody));
    }
  });

  test('BCB-16.rows · and nothing happened to what the ids name; their own bank still sees them', async () => {
    const { devices } = await theirs.customer.browser.request<{ devices: Json[] }>('GET', '/auth/devices');
    expect(devices.map(({ state }) => state)).toEqual(['active', 'active']);
    await theirs.customer.browser.request('GET', '/auth/session');
    expect((await theirs.bank.sdk.subject(theirs.customer.subject)).activeDevices).toBe(2);
  });

  test('BCB-16.rows · another person of the same bank gets no more', async () => {
    const neighbour = await createCustomer(host, theirs.bank);
    await neighbour.browser.signIn();
    const own = { ...theirs, customer: neighbour };
    for (const operation of operations.filter(
      ({ ids, schemes }) => ids.includes('id') && !schemes.includes('server'),
    )) {
      const answer = await tried(operation, own, IDS[operation.path]!(theirs));
      expect([operation.operationId, answer.status]).toEqual([operation.operationId, 404]);
    }
  });

  test('BCB-16.rows · ids as filters and references find nothing of another bank', async () => {
    for (const about of [theirs.session, theirs.device, theirs.customer.subject]) {
      expect((await ours.bank.sdk.events({ about })).events).toEqual([]);
    }
    const { created } = await ours.bank.sdk.createSubject({ reference: theirs.customer.userName });
    expect(created).toBe(true);
  });
});

describe('credentials of another bank', () => {
  test('BCB-16.issuer · no credential of one bank opens anything under the other’s name', async () => {
    const people = operations.filter(
      ({ method, schemes, path }) => method === 'GET' && schemes.includes('session') && path.startsWith('/auth'),
    );
    expect(people.length).toBeGreaterThan(3);
    const token = await call(host, 'POST', '/auth/session/token', {
      headers: cookieOf(theirs.customer.browser),
      json: {},
    });
    const credentials = [
      { cookie: `countersign=${theirs.customer.browser.cookies.get('countersign')}` },
      bearer(String(token.body.accessToken)),
      bearer(theirs.app.accessToken!),
    ];
    for (const { path } of people) {
      for (const headers of credentials) {
        const { status, body } = await call(host, 'GET', path, { headers: { ...headers, ...named(ours.bank.web) } });
        expect([path, status, body.code]).toEqual([path, 401, 'client_mismatch']);
      }
    }
  });

  test('BCB-16.issuer · a server learns nothing about another bank’s tokens, and they introspect as nonsense does', async () => {
    const nonsense = await ours.bank.sdk.introspect('nonsense');
    for (const token of [theirs.app.accessToken!, theirs.app.refreshToken!, theirs.server]) {
      expect(await ours.bank.sdk.introspect(token)).toEqual(nonsense);
    }
    expect(nonsense).toEqual({ active: false });
  });

  test('BCB-16.rows · secrets of one bank are as good as random at the other: ticket, refresh token, grant, challenge, client secret', async () => {
    const { ticket } = await theirs.bank.sdk.issueTicket(theirs.customer.subject);
    const grant = await grantFor(theirs.customer.browser, PAYEE.name, PAYEE.parameters);
    const action = { name: PAYEE.name, hash: actionHash(PAYEE) };
    const client = named(ours.bank.web);
    const native = { client_id: ours.bank.native, grant_type: 'refresh_token' };
    const secret = { grant_type: 'client_credentials', client_id: ours.bank.server.clientId };
    const pairs = [
      [
        '/enrollment-tickets/open',
        { headers: client, json: { ticket } },
        { headers: client, json: { ticket: Buffer.alloc(32, 3).toString('base64url') } },
        'ticket_refused',
      ],
      [
        '/oauth/token',
        { headers: named(ours.bank.native), form: { ...native, refresh_token: theirs.app.refreshToken! } },
        { headers: named(ours.bank.native), form: { ...native, refresh_token: 'csr1.AAAA' } },
        'refresh_refused',
      ],
      [
        '/oauth/token',
        { headers: named(ours.bank.server.clientId), form: { ...secret, client_secret: theirs.bank.server.secret } },
        { headers: named(ours.bank.server.clientId), form: { ...secret, client_secret: 'wrong' } },
        'client_refused',
      ],
      [
        '/auth/grants/redeem',
        { headers: bearer(ours.server), json: { grant, action } },
        { headers: bearer(ours.server), json: { grant: 'a.b.c', action } },
        'grant_refused',
      ],
    ] as const;
    for (const [path, foreign, random, code] of pairs) {
      const [left, right] = [await call(host, 'POST', path, foreign), await call(host, 'POST', path, random)];
      expect([path, code]).toEqual([path, left.body.code]);
      expect(visible(left)).toEqual(visible(right));
    }
  });

  test('BCB-16.rows · a passkey and a challenge of one bank sign nobody in at the other', async () => {
    const here = new Browser(host.urls[0]!, ours.bank.web, ORIGIN, theirs.customer.browser.authenticator);
    const refused = await call(host, 'POST', '/passkey/authenticate/verify', {
      headers: named(ours.bank.web),
      json: { credential: here.assert(await here.request('POST', '/passkey/authenticate/options', {})) },
    });
    expect([refused.status, refused.body.code]).toEqual([401, 'authentication_failed']);
    const foreign = await theirs.customer.browser.request('POST', '/passkey/authenticate/options', {});
    const json = { credential: ours.customer.browser.assert(foreign) };
    const spent = await call(host, 'POST', '/passkey/authenticate/verify', { headers: named(ours.bank.web), json });
    expect(spent.body.code).toBe('challenge_spent');
    await theirs.customer.browser.request('POST', '/passkey/authenticate/verify', {
      credential: theirs.customer.browser.assert(foreign),
    });
  });
});
