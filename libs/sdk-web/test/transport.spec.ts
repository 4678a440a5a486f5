import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Countersign } from '../src/index.js';

type Answer = { status: number; body?: unknown };

let server: Server;
let requests: { line: string; headers: IncomingMessage['headers']; body: string }[];
let answers: Record<string, Answer>;
let countersign: Countersign;

beforeEach(async () => {
  requests = [];
  answers = {};
  server = createServer(async (request, response) => {
    const line = `${request.method} ${request.url}`;
    requests.push({ line, headers: request.headers, body: (await request.toArray()).join('') });
    const { status, body } = answers[line] ?? {
      status: 404,
      body: { code: 'not_found', title: 'There is no such thing.' },
    };
    response
      .writeHead(status, { 'content-type': 'application/json' })
      .end(body === undefined ? undefined : JSON.stringify(body));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  countersign = new Countersign({ baseUrl: `http://127.0.0.1:${port}`, clientId: 'web' });
});

afterEach(() => new Promise((closed) => server.close(closed)));

const signedIn = { status: 200, body: { session: { id: 's1' }, csrfToken: 'csrf-1' } };

describe('Countersign over HTTP', () => {
  test('names the client on every call and sends no body where there is none', async () => {
    answers['GET /v1/auth/sessions'] = { status: 200, body: { sessions: [] } };
    expect(await countersign.sessions()).toEqual([]);
    expect(requests[0]).toMatchObject({ headers: { 'countersign-client': 'web' }, body: '' });
    expect(requests[0]?.headers).not.toHaveProperty('content-type');
  });

  test('fetches the CSRF token before the first unsafe call of a freshly loaded page, once', async () => {
    answers['GET /v1/auth/session'] = signedIn;
    answers['DELETE /v1/auth/sessions/s2'] = { status: 204 };
    await countersign.endSession('s2');
    await countersign.endSession('s2');
    expect(requests.map(({ line, headers }) => [line, headers['countersign-csrf']])).toEqual([
      ['GET /v1/auth/session', undefined],
      ['DELETE /v1/auth/sessions/s2', 'csrf-1'],
      ['DELETE /v1/auth/sessions/s2', 'csrf-1'],
    ]);
  });

  test('fetches the CSRF token again when another tab has signed in meanwhile, and repeats the call once', async () => {
    answers['GET /v1/auth/session'] = signedIn;
    answers['DELETE /v1/auth/sessions/s2'] = { status: 204 };
    await countersign.endSession('s2');
    answers['DELETE /v1/auth/sessions/s2'] = {
      status: 403,
      body: { code: 'csrf_refused', title: 'Not from the page.' },
    };
    requests.length = 0;
    await expect(countersign.endSession('s2')).rejects.toMatchObject({ code: 'csrf_refused' });
    expect(requests.map(({ line }) => line)).toEqual([
      'DELETE /v1/auth/sessions/s2',
      'GET /v1/auth/session',
      'DELETE /v1/auth/sessions/s2',
    ]);
  });

  test('has no session where the API refuses one, and tells any other trouble apart', async () => {
    answers['GET /v1/auth/session'] = { status: 401, body: { code: 'session_ended', title: 'The session has ended.' } };
    expect(await countersign.session()).toBeUndefined();
    answers['GET /v1/auth/session'] = { status: 503, body: { code: 'unavailable', title: 'Not at the moment.' } };
    await expect(countersign.session()).rejects.toMatchObject({ code: 'unavailable', status: 503 });
  });

  test('keeps one access token until it is about to expire', async () => {
    answers['GET /v1/auth/session'] = signedIn;
    answers['POST /v1/auth/session/token'] = { status: 200, body: { accessToken: 'long', expiresIn: 300 } };
    expect([await countersign.accessToken(), await countersign.accessToken()]).toEqual(['long', 'long']);
    expect(requests.filter(({ line }) => line.endsWith('/token'))).toHaveLength(1);
  });

  test('does not reuse an access token whose end is near', async () => {
    answers['GET /v1/auth/session'] = signedIn;
    answers['POST /v1/auth/session/token'] = { status: 200, body: { accessToken: 'short', expiresIn: 20 } };
    await countersign.accessToken();
    await countersign.accessToken();
    expect(requests.filter(({ line }) => line.endsWith('/token'))).toHaveLength(2);
  });

  test('BCB-3 · asks for a passkey where the API answers step_up_required, and says so where there are none', async () => {
    answers['GET /v1/auth/session'] = signedIn;
    answers['DELETE /v1/auth/devices/d1'] = {
      status: 401,
      body: { code: 'step_up_required', title: 'Confirm first.', action: 'authenticator.remove' },
    };
    answers['POST /v1/auth/step-up/options'] = { status: 200, body: { challenge: 'AA' } };
    await expect(countersign.removeDevice('d1')).rejects.toMatchObject({ code: 'passkeys_unsupported' });
    const asked = JSON.parse(requests.at(-1)?.body ?? '') as { action: { name: string; hash: string } };
    expect(asked.action).toMatchObject({ name: 'authenticator.remove', hash: expect.stringMatching(/^[\w-]{43}$/) });
  });

  test('reports a server that cannot be reached with a code of its own', async () => {
    const nowhere = new Countersign({ baseUrl: 'http://127.0.0.1:1', clientId: 'web' });
    await expect(nowhere.sessions()).rejects.toMatchObject({ code: 'network_failed', status: 0 });
  });

  test('puts ids and cursors into addresses safely', async () => {
    answers['GET /v1/auth/activity?cursor=a%2Fb%26c&limit=5'] = { status: 200, body: { events: [] } };
    expect(await countersign.activity({ cursor: 'a/b&c', limit: 5 })).toEqual({ events: [] });
  });
});
