import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { House, NATIVE, ORIGIN, OTHER, OTHER_ORIGIN, WEB } from './fakes/house.js';

let house: House;
beforeAll(async () => {
  house = await House.open();
});
afterAll(() => house.stop());

const OPTIONS = '/v1/passkey/authenticate/options';

describe('CORS', () => {
  const preflight = (origin: string, path = OPTIONS) =>
    house.send(path, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } });

  test('a preflight is answered for an origin of any application, with credentials and never with *', async () => {
    for (const origin of [ORIGIN, OTHER_ORIGIN]) {
      const { status, headers } = await preflight(origin);
      expect([status, headers['access-control-allow-origin']]).toEqual([204, origin]);
      expect(headers['access-control-allow-credentials']).toBe('true');
      expect(headers['access-control-allow-headers']).toContain('Countersign-CSRF');
      expect(headers.vary).toBe('Origin');
    }
  });

  test.each([
    'https://evil.example',
    'http://localhost:84011',
    'http://localhost',
    'HTTP://LOCALHOST:8401',
    `${ORIGIN}/`,
    'null',
    `${ORIGIN}.evil.example`,
  ])('a preflight from %s is answered without a word', async (origin) => {
    const { status, headers } = await preflight(origin);
    expect([status, headers['access-control-allow-origin']]).toEqual([204, undefined]);
  });

  test('an answer may be read by the very application that is named, and by no other', async () => {
    const send = (client: string | undefined, origin: string) =>
      house.send(OPTIONS, { method: 'POST', headers: { origin, ...(client && { 'countersign-client': client }) } });
    const own = await send(WEB, ORIGIN);
    expect(own.headers['access-control-allow-origin']).toBe(ORIGIN);
    expect(own.headers['access-control-expose-headers']).toContain('Countersign-Request-Id');
    const foreign: [string | undefined, string][] = [
      [WEB, OTHER_ORIGIN],
      [OTHER, ORIGIN],
      [undefined, ORIGIN],
      ['nobody', ORIGIN],
    ];
    for (const [client, origin] of foreign) {
      const { headers } = await send(client, origin);
      expect([headers['access-control-allow-origin'], headers.vary]).toEqual([undefined, 'Origin']);
    }
  });

  test('refusals can be read by the page too', async () => {
    const refused = await house.post(OPTIONS, '{', { origin: ORIGIN, 'content-type': 'application/json' });
    expect([refused.status, refused.headers['access-control-allow-origin']]).toEqual([400, ORIGIN]);
  });
});

describe('who is calling', () => {
  test('R28 · what was presented goes to session for exactly the method that is called, with CSRF value and origin', async () => {
    const headers = house.signedIn();
    await house.send('/v1/auth/sessions', { headers });
    expect(house.session.checks.at(-1)).toMatchObject({
      method: '/countersign.session.v1.SessionService/ListSessions',
      safe: true,
      origin: { origin: ORIGIN, address: '127.0.0.1' },
    });
    await house.post('/v1/auth/session/token', {}, headers);
    expect(house.session.checks.at(-1)).toMatchObject({ safe: false, csrfToken: headers['countersign-csrf'] });
  });

  test('an unsafe call by cookie without the CSRF value is refused', async () => {
    const { 'countersign-csrf': _csrf, ...headers } = house.signedIn();
    const { status, json } = await house.post('/v1/auth/session/token', {}, headers);
    expect([status, json.code]).toEqual([403, 'csrf_refused']);
  });

  test('a session of one application is not used under the name of another', async () => {
    const headers = { ...house.signedIn(), 'countersign-client': NATIVE };
    const { status, json } = await house.send('/v1/auth/session', { headers });
    expect([status, json.code]).toEqual([401, 'client_mismatch']);
  });

  test.each([
    ['another scheme', { authorization: 'Basic dXNlcjpwdw==' }, 'credentials_malformed'],
    ['a token with a space', { authorization: 'Bearer a b' }, 'credentials_malformed'],
    ['two cookies of the name', { cookie: 'countersign=a; countersign=b' }, 'credentials_malformed'],
    ['the cookie of the wrong shape of installation', { cookie: '__Host-countersign=a' }, 'credentials_missing'],
    ['an unknown token', { authorization: 'Bearer abc' }, 'token_invalid'],
    ['an unknown cookie', { cookie: 'countersign=abc' }, 'session_unknown'],
    ['an unknown application', { 'countersign-client': 'nobody' }, 'client_unknown'],
    ['two applications', { 'countersign-client': [WEB, OTHER] }, 'client_unknown'],
  ])('%s', async (_name, headers: Record<string, string | string[]>, code) => {
    expect((await house.send('/v1/auth/session', { headers })).json.code).toBe(code);
  });

  test('sign-in without an application is refused before anything else', async () => {
    const { status, json } = await house.send(OPTIONS, { method: 'POST', body: {} });
    expect([status, json.code]).toEqual([401, 'client_unknown']);
  });
});

describe('every answer', () => {
  test('has an id of ours, is not stored, and says what it is', async () => {
    for (const path of ['/v1/auth/session', '/nowhere', '/v1/openapi.json', '/healthz']) {
      const { headers } = await house.send(path, { headers: { 'countersign-request-id': 'mine' } });
      expect(headers['countersign-request-id']).toMatch(/^[0-9a-f-]{36}$/);
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
      expect(headers['strict-transport-security']).toBeUndefined();
    }
    expect((await house.send('/v1/auth/session')).headers['cache-control']).toBe('no-store');
  });

  test('an unknown path is 404, a known one with another method 405 with Allow, both as problems', async () => {
    for (const path of [
      '/v1/nowhere',
      '/v1/auth/session/',
      '/V1/auth/session',
      '/v1//auth/session',
      '/v1/auth/%2e/session',
    ]) {
      const { status, json } = await house.send(path);
      expect([path, status, json.code]).toEqual([path, 404, 'route_unknown']);
    }
    const { status, headers, json } = await house.send('/v1/auth/sessions/x', { method: 'PUT' });
    expect([status, json.code, headers.allow]).toEqual([405, 'method_not_allowed', 'DELETE']);
    expect(headers['content-type']).toContain('application/problem+json');
  });

  test('HSTS, Secure and __Host- where clients come by TLS', async () => {
    const publicUrl = 'https://login.bank.example';
    const gateway = await house.startGateway({ publicUrl });
    const send = { method: 'POST', body: { ticket: 'ticket' }, headers: { 'countersign-client': WEB } };
    const { headers } = await house.send('/v1/enrollment-tickets/open', send, gateway);
    expect(headers['strict-transport-security']).toContain('max-age=');
    expect(headers['set-cookie']![0]).toMatch(/^__Host-countersign-enrollment=.*; Secure/);
    await gateway.stop();
  });
});

describe('bodies', () => {
  const json = { 'content-type': 'application/json' };

  test('size to the byte, nesting to the level, at the socket as in the parser', async () => {
    const padded = (size: number) => `{${' '.repeat(size - 2)}}`;
    expect((await house.post(OPTIONS, padded(65_536), json)).status).toBe(200);
    expect((await house.post(OPTIONS, padded(65_537), json)).json.code).toBe('request_too_large');
    const deep = (levels: number) => `{"userName":${'['.repeat(levels)}${']'.repeat(levels)}}`;
    expect((await house.post(OPTIONS, deep(15), json)).status).toBe(400);
    expect((await house.post(OPTIONS, deep(16), json)).status).toBe(413);
    const announced = { ...json, 'content-length': '65537' };
    expect((await house.post(OPTIONS, padded(65_537), announced)).status).toBe(413);
  });

  test('a body that is not announced as JSON is not read', async () => {
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'application/jsonx',
      'multipart/form-data; boundary=x',
    ]) {
      const { status, json: problem } = await house.post(OPTIONS, '{}', { 'content-type': type });
      expect([type, status, problem.code]).toEqual([type, 415, 'media_type_unsupported']);
    }
    expect((await house.post(OPTIONS, '{}')).status).toBe(415);
    expect((await house.post('/v1/oauth/token', '{}', json)).status).toBe(415);
  });

  test('unknown members, query parameters and bodies where none is taken are refused by name', async () => {
    const errorsOf = async (answer: Promise<{ json: Record<string, unknown> }>) => (await answer).json.errors;
    expect(await errorsOf(house.post(OPTIONS, { userName: 'a', admin: true }))).toEqual([
      { path: 'admin', message: 'is unknown' },
    ]);
    expect(await errorsOf(house.post(`${OPTIONS}?debug=1`, {}))).toEqual([
      { path: 'query debug', message: 'is unknown' },
    ]);
    const headers = house.signedIn();
    expect(await errorsOf(house.post('/v1/auth/sign-out', { all: true }, headers))).toEqual([
      { path: 'all', message: 'is unknown' },
    ]);
    const twice = house.send('/v1/auth/activity?limit=1&limit=2', { headers });
    expect(await errorsOf(twice)).toMatchObject([{ path: 'query limit' }]);
  });
});

describe('bytes that are no proper request', () => {
  const raw = (text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect(house.gateway.port!, '127.0.0.1', () => socket.write(text));
      let answer = '';
      socket.on('data', (chunk) => (answer += chunk.toString()));
      socket.on('close', () => resolve(answer));
      socket.on('error', reject);
      socket.setTimeout(3_000, () => socket.destroy());
    });
  const head = `POST ${OPTIONS} HTTP/1.1\r\nHost: localhost\r\nCountersign-Client: ${WEB}\r\nContent-Type: application/json\r\n`;

  test.each([
    [
      'length and chunks at once',
      `${head}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /x HTTP/1.1\r\n\r\n`,
    ],
    ['two lengths', `${head}Content-Length: 2\r\nContent-Length: 20\r\n\r\n{}`],
    ['an obscured transfer coding', `${head}Transfer-Encoding: xchunked\r\n\r\n{}`],
    ['a length with a sign', `${head}Content-Length: +2\r\n\r\n{}`],
    ['a space before the colon', `${head}Content-Length : 2\r\n\r\n{}`],
    ['a folded header', `${head}X-A: b\r\n folded\r\nContent-Length: 2\r\nBad header\r\n\r\n{}`],
    ['a bare NUL in a header', `${head}X-A: a\0b\r\n\r\n`],
    ['no HTTP at all', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
  ])('%s: refused once, and the connection is closed', async (_name, text) => {
    const answer = await raw(text);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect(answer).toContain('application/problem+json');
    expect(answer).toContain('"code":"request_invalid"');
    expect(answer).toMatch(/connection: close/i);
  });

  test('headers beyond 16 KiB are refused', async () => {
    expect(await raw(`${head}X-A: ${'a'.repeat(20_000)}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 431 .*request_too_large/s);
  });

  test('a path that does not decode is a problem document', async () => {
    const answer = await house.send('/v1/auth/sessions/%ff%zz', { method: 'DELETE' });
    expect([answer.status, answer.json.code]).toEqual([400, 'request_invalid']);
    expect(answer.headers['countersign-request-id']).toBeDefined();
  });
});
