import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { House, NATIVE, OTHER_ORIGIN, WEB } from './fakes/house.js';

let house: House;
beforeAll(async () => {
  house = await House.open();
});
afterAll(() => house.stop());

/** What a browser is told, in every answer that makes it so. */
const account = { rpId: 'localhost', userId: 'aGFuZGxl' };
const SIGNALS = {
  allAcceptedCredentials: { ...account, allAcceptedCredentialIds: ['a2V5'] },
  currentUserDetails: { ...account, name: 'ada', displayName: 'Ada Example' },
};

const assertion = (signature: string) => ({
  credential: {
    id: 'a2V5',
    rawId: 'a2V5',
    type: 'public-key',
    response: { clientDataJSON: 'e30', authenticatorData: 'AA', signature, extra: 1 },
    authenticatorAttachment: 'platform',
    clientExtensionResults: {},
  },
});
const attestation = {
  credential: {
    id: 'a2V5',
    rawId: 'a2V5',
    type: 'public-key',
    response: { clientDataJSON: 'e30', attestationObject: 'AA' },
  },
};

describe('signing in', () => {
  test('BCB-2 · options with an absent body, an empty one and a user name', async () => {
    for (const body of [undefined, {}, { userName: 'ada' }]) {
      const answer = await house.post('/v1/passkey/authenticate/options', body);
      expect([answer.status, answer.json]).toEqual([200, { challenge: 'Yw', rpId: 'localhost' }]);
    }
    expect(house.verification.begun.map(({ userName }) => userName)).toEqual(['', '', 'ada']);
  });

  test('a web application gets a cookie that no script reads, and the CSRF value', async () => {
    const answer = await house.post('/v1/passkey/authenticate/verify', assertion('good'));
    expect(answer.status).toBe(200);
    expect(answer.headers['set-cookie']).toEqual(['countersign=c00kie; Path=/; HttpOnly; SameSite=Strict']);
    expect(answer.json).toMatchObject({ csrfToken: 'csrf', session: { authTime: '2026-11-22T08:05:00.000Z' } });
    expect(answer.json.signals).toEqual(SIGNALS);
    expect(answer.text).not.toContain('c00kie');
  });

  test('a native application gets tokens and no cookie', async () => {
    house.verification.native = true;
    const answer = await house.post('/v1/passkey/authenticate/verify', assertion('good'), {
      'countersign-client': NATIVE,
    });
    house.verification.native = false;
    expect(answer.json).toMatchObject({ accessToken: 'at', refreshToken: 'rt', tokenType: 'Bearer', expiresIn: 420 });
    expect(answer.headers['set-cookie']).toBeUndefined();
  });

  test('what the browser added to a credential reaches verification; elsewhere it is refused by name', async () => {
    const sent = JSON.parse(house.verification.completed[0]!.credential) as object;
    expect(sent).toEqual(assertion('good').credential);
    const answer = await house.post('/v1/passkey/authenticate/verify', { ...assertion('good'), extra: 1 });
    expect([answer.status, answer.json.errors]).toEqual([400, [{ path: 'extra', message: 'is unknown' }]]);
  });
});

describe('the first authenticator', () => {
  test('BCB-1.ticket · a ticket binds the browser by cookie until the passkey is there', async () => {
    const opened = await house.post('/v1/enrollment-tickets/open', { ticket: 'ticket' });
    expect(opened.json).toMatchObject({ displayName: 'Ada' });
    expect(opened.json.enrollmentToken).toBeUndefined();
    const [setCookie] = opened.headers['set-cookie']!;
    expect(setCookie).toMatch(
      /^countersign-enrollment=[\w-]+; Path=\/; HttpOnly; SameSite=Strict; Max-Age=(59\d|600)$/,
    );
    const cookie = setCookie!.split(';')[0]!;
    expect((await house.post('/v1/passkey/register/options', {}, { cookie })).status).toBe(200);
    const done = await house.post('/v1/passkey/register/verify', attestation, { cookie });
    expect([done.status, (done.json.device as { deviceBound: boolean }).deviceBound]).toEqual([201, false]);
    expect(done.json.signals).toEqual(SIGNALS);
    expect(done.headers['set-cookie']).toEqual([
      'countersign-enrollment=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0',
    ]);
  });

  test('BCB-1.ticket · a native application holds the binding itself', async () => {
    const native = { 'countersign-client': NATIVE };
    const { json, headers } = await house.post('/v1/enrollment-tickets/open', { ticket: 'ticket' }, native);
    expect(headers['set-cookie']).toBeUndefined();
    const bound = { ...native, 'countersign-enrollment': json.enrollmentToken as string };
    expect((await house.post('/v1/passkey/register/options', {}, bound)).status).toBe(200);
  });

  test('R29 · a session alone adds nothing: it is told which step-up is needed', async () => {
    const answer = await house.post('/v1/passkey/register/options', {}, house.signedIn());
    expect([answer.status, answer.json.code, answer.json.action]).toEqual([
      401,
      'step_up_required',
      'authenticator.add',
    ]);
    expect(answer.headers['www-authenticate']).toBe('Bearer error="insufficient_user_authentication", max_age="60"');
    const granted = { ...house.signedIn(), 'countersign-grant': 'grant' };
    expect((await house.post('/v1/passkey/register/options', {}, granted)).status).toBe(200);
    const added = await house.post('/v1/passkey/register/verify', attestation, granted);
    expect([added.status, added.json.signals]).toEqual([201, SIGNALS]);
  });

  test('nobody at all is told that credentials are missing', async () => {
    const answer = await house.post('/v1/passkey/register/options', {});
    expect([answer.status, answer.json.code]).toEqual([401, 'credentials_missing']);
  });
});

describe('a signed-in person', () => {
  test('session, token, sessions, sign-out', async () => {
    const headers = house.signedIn();
    const current = await house.send('/v1/auth/session', { headers });
    expect(current.json).toMatchObject({ csrfToken: 'csrf', session: { current: true, clientId: WEB } });
    const token = await house.post('/v1/auth/session/token', {}, headers);
    expect(token.json).toEqual({ accessToken: 'at', tokenType: 'Bearer', expiresIn: 420 });
    expect((await house.send('/v1/auth/sessions', { headers })).json.sessions).toHaveLength(1);
    const out = await house.post('/v1/auth/sign-out', undefined, headers);
    expect([out.status, out.text]).toEqual([204, '']);
    expect(out.headers['set-cookie']).toEqual(['countersign=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0']);
    expect((await house.send('/v1/auth/session', { headers })).json.code).toBe('session_unknown');
  });

  test('devices: list, rename, suspend, resume and remove with a grant', async () => {
    const headers = { ...house.signedIn(), 'countersign-grant': 'grant' };
    const { json } = await house.send('/v1/auth/devices', { headers });
    const [{ id }] = json.devices as [{ id: string }];
    expect(json.signals).toEqual(SIGNALS);
    const path = `/v1/auth/devices/${id}`;
    const renamed = await house.send(path, { method: 'PATCH', headers, body: { name: 'Work' } });
    expect(renamed.json).toMatchObject({ id, name: 'Work', attestation: { format: 'none', trust: 'none' } });
    const suspended = await house.post(`${path}/suspend`, undefined, headers);
    const resumed = await house.post(`${path}/resume`, {}, headers);
    expect([suspended.json.state, resumed.json.state]).toEqual(['suspended', 'active']);
    const removed = await house.send(path, { method: 'DELETE', headers });
    for (const answer of [renamed, suspended, resumed, removed]) expect(answer.json.signals).toEqual(SIGNALS);
    const { 'countersign-grant': _grant, ...bare } = headers;
    const refused = await house.send(path, { method: 'DELETE', headers: bare });
    expect(refused.json).toMatchObject({ code: 'step_up_required', action: 'authenticator.remove', maxAge: 60 });
  });

  test('activity opens the details of exactly the events that have some', async () => {
    const { json } = await house.send('/v1/auth/activity?limit=2', { headers: house.signedIn() });
    const [bare, sealed] = json.events as [object, object];
    expect(bare).not.toHaveProperty('details');
    expect(sealed).toMatchObject({ details: { address: '203.0.113.9', userAgent: 'Agent' } });
    expect(json.nextCursor).toBe('next');
  });

  test('BCB-3 · step-up with an action gives a grant, sign-out elsewhere asks for one of its own', async () => {
    const headers = house.signedIn();
    const action = { name: 'payee.add', hash: 'n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg' };
    expect((await house.post('/v1/auth/step-up/options', { action }, headers)).status).toBe(200);
    expect((await house.post('/v1/auth/step-up/verify', assertion('good'), headers)).json).toEqual({
      grant: 'grant',
      expiresIn: 60,
    });
    const others = await house.post('/v1/auth/sign-out-others', {}, headers);
    expect(others.headers['www-authenticate']).toBe(
      'Bearer error="insufficient_user_authentication", acr_values="phr", max_age="300"',
    );
  });
});

describe('a tenant’s server', () => {
  test('subjects: created once, known the second time, read, given a ticket', async () => {
    const headers = house.server('subjects:write', 'subjects:read');
    const send = (path: string, body: unknown) => house.send(path, { method: 'POST', body, headers });
    const first = await send('/v1/subjects', { reference: 'c-1' });
    const again = await send('/v1/subjects', { reference: 'c-1' });
    expect([first.status, again.status]).toEqual([201, 200]);
    expect(again.json).toEqual({ id: first.json.id, reference: 'c-1', created: false });
    const read = await house.send(`/v1/subjects/${String(first.json.id)}`, { headers });
    expect(read.json).toMatchObject({ reference: 'c-1', activeDevices: 1 });
    const ticket = await send(`/v1/subjects/${String(first.json.id)}/enrollment-tickets`, { pin: true });
    expect([ticket.status, ticket.json.pin]).toEqual([201, '123456']);
  });

  test('without the scope: 403 that says which (RFC 6750 §3.1)', async () => {
    const headers = house.server('introspect');
    const answer = await house.send('/v1/subjects', { method: 'POST', body: { reference: 'c' }, headers });
    expect([answer.status, answer.json.code]).toEqual([403, 'scope_missing']);
    expect(answer.headers['www-authenticate']).toBe('Bearer error="insufficient_scope", scope="subjects:write"');
  });

  test('a person’s cookie is no server’s token', async () => {
    const answer = await house.post('/v1/subjects', { reference: 'c' }, house.signedIn());
    expect(answer.json.code).toBe('credentials_missing');
  });

  test('BCB-3 · a grant is redeemed once by name and hash', async () => {
    const action = { name: 'payee.add', hash: 'n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg' };
    const headers = house.server('grants:redeem');
    const send = (grant: string) =>
      house.send('/v1/auth/grants/redeem', { method: 'POST', body: { grant, action }, headers });
    expect((await send('grant')).json).toMatchObject({ acr: 'phr', authTime: '2026-11-22T08:05:00.000Z' });
    expect((await send('other')).json.code).toBe('grant_refused');
  });

  test('BCB-13.policy · a preview leaves out what is empty', async () => {
    const headers = house.server('admin');
    const body = { policy: { webauthn: { assurance: { level: 'device-bound-attested' } } }, limit: 10 };
    const answer = await house.send('/v1/policy/preview', { method: 'POST', body, headers });
    expect(answer.json).toEqual({
      basedOn: 3,
      condemned: 0,
      models: [],
      devices: 2,
      affected: 1,
      findings: [{ requirement: 'attestation', devices: 1, already: 0 }],
      affectedDevices: [
        {
          subject: expect.any(String),
          device: expect.any(String),
          state: 'active',
          loses: [{ application: 'app', requirements: ['attestation'] }],
        },
      ],
    });
    const without = house.server('audit:read');
    const refused = await house.send('/v1/policy/preview', { method: 'POST', body, headers: without });
    expect(refused.json.code).toBe('scope_missing');
  });

  test('events: a server names no tenant, an operator always does', async () => {
    const server = house.server('audit:read');
    const found = await house.send('/v1/audit/events?type=session.established&limit=10&order=asc', { headers: server });
    expect(found.json.events).toMatchObject([{ index: 3, log: '2026h2', event: { type: 'session.established' } }]);
    expect(house.audit.searches.at(-1)).toMatchObject({ limit: 10, ascending: true, tenant: '' });
    expect((await house.send('/v1/audit/events?tenant=bank', { headers: server })).status).toBe(400);
    const operator = house.signedIn();
    expect((await house.send('/v1/audit/events', { headers: operator })).status).toBe(400);
    expect((await house.send('/v1/audit/events?tenant=bank', { headers: operator })).status).toBe(200);
    expect(house.audit.searches.at(-1)).toMatchObject({ tenant: 'bank', limit: 50 });
  });
});

describe('OAuth', () => {
  const form = (path: string, members: Record<string, string>, headers: Record<string, string> = {}) =>
    house.send(path, {
      method: 'POST',
      body: new URLSearchParams(members).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    });

  test('client credentials by secret, in the form or as Basic', async () => {
    const posted = await form('/v1/oauth/token', {
      grant_type: 'client_credentials',
      client_id: 'c',
      client_secret: 'right',
      scope: 'a',
    });
    expect(posted.json).toEqual({ access_token: 'server-token', token_type: 'Bearer', expires_in: 420, scope: 'a' });
    const basic = { authorization: `Basic ${Buffer.from('c:right').toString('base64')}` };
    expect((await form('/v1/oauth/token', { grant_type: 'client_credentials' }, basic)).status).toBe(200);
  });

  test('RFC 6749 §5.2 · `error` stands beside `code`', async () => {
    const client = { grant_type: 'client_credentials', client_id: 'c' };
    const wrong = await form('/v1/oauth/token', { ...client, client_secret: 'wrong' });
    expect([wrong.status, wrong.json.error, wrong.json.code]).toEqual([401, 'invalid_client', 'client_refused']);
    const refresh = await form('/v1/oauth/token', { grant_type: 'refresh_token', client_id: 'c', refresh_token: 'x' });
    expect([refresh.status, refresh.json.error]).toEqual([400, 'invalid_grant']);
    const type = await form('/v1/oauth/token', { grant_type: 'password' });
    expect([type.status, type.json.error]).toEqual([400, 'unsupported_grant_type']);
    const twice = await house.send('/v1/oauth/token', {
      method: 'POST',
      body: 'grant_type=password&grant_type=password',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect([twice.status, twice.json.error]).toEqual([400, 'invalid_request']);
    const both = { authorization: `Basic ${Buffer.from('c:right').toString('base64')}` };
    expect((await form('/v1/oauth/token', { ...client, client_secret: 'right' }, both)).json.code).toBe(
      'credentials_malformed',
    );
  });

  test('introspection, revocation and discovery', async () => {
    const headers = house.server('introspect');
    expect((await form('/v1/oauth/introspect', { token: 'dead' }, headers)).json).toEqual({ active: false });
    const alive = await form('/v1/oauth/introspect', { token: 'alive', action: 'pay' }, headers);
    expect(alive.json).toMatchObject({ active: true, step_up: { required: true, acr_values: 'phr', max_age: 60 } });
    expect((await form('/v1/oauth/revoke', { token: 'x', client_id: 'c' })).status).toBe(200);
    const found = await house.send('/v1/t/bank/.well-known/openid-configuration');
    expect(found.json.token_endpoint).toBe('http://localhost:8400/v1/oauth/token');
    expect(found.headers['cache-control']).toBe('public, max-age=300');
    expect((await house.send('/v1/t/bank/jwks.json')).json).toEqual({ keys: [] });
    expect((await house.send('/v1/t/absent/jwks.json')).status).toBe(404);
  });

  test('WebAuthn L3 §5.11 · the related origins of a tenant are those its ceremonies accept, for any cache to keep', async () => {
    const { status, headers, json } = await house.send('/v1/t/other/.well-known/webauthn');
    expect([status, headers['content-type'], headers['cache-control']]).toEqual([
      200,
      'application/json; charset=utf-8',
      'public, max-age=300',
    ]);
    expect(json).toEqual({ origins: [OTHER_ORIGIN, 'https://bank.example'] });
    expect(headers['set-cookie']).toBeUndefined();
    // Over http there is nobody to ask for it.
    expect((await house.send('/v1/t/bank/.well-known/webauthn')).json).toEqual({ origins: [] });
    expect((await house.send('/v1/t/absent/.well-known/webauthn')).status).toBe(404);
  });
});

test('probes say no more than they must', async () => {
  expect((await house.send('/healthz')).json).toEqual({ status: 'ok' });
  expect((await house.send('/readyz')).json).toEqual({ status: 'ready' });
});

test('answers are timed by operation, and a path nobody serves makes no label of its own', async () => {
  await house.send('/v1/nowhere/at/all');
  const text = await house.gateway.metrics.registry.metrics();
  expect(text).toMatch(
    /http_request_duration_seconds_count\{method="POST",route="\/v1\/passkey\/authenticate\/verify",status="200"/,
  );
  expect(text).toMatch(/method="none",route="none",status="404"/);
  expect(text).not.toContain('nowhere');
});
