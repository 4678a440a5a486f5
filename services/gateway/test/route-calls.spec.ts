import { describe, expect, test } from '@jest/globals';
import { ROUTES, TOPOLOGY, servesRoute } from '@countersign/contracts';
import { API_CONTROLLERS } from '../src/controllers/index.js';
import { endpointsOf } from '../src/http/endpoint.js';

/** Calls that take a proof though nobody has a caller token yet. */
const GIVE_TOKENS = ['session.ClientToken', 'session.Refresh', 'session.Revoke', 'verification.CompleteAuthentication'];

const operations = endpointsOf(API_CONTROLLERS).map(({ spec }) => spec);
const routes = new Map(ROUTES.map(({ method, path, calls }) => [`${method} ${path}`, calls]));

describe('R24 · the table of routes by which session judges the address in a proof', () => {
  test('has every operation that a token is presented to or comes from, and none that does not exist', () => {
    const taking = operations.filter(({ auth }) => !['none', 'client', 'enrollment'].includes(auth.kind));
    const missing = taking.map(({ method, path }) => `${method} ${path}`).filter((name) => !routes.has(name));
    expect(missing).toEqual([]);
    const existing = new Set(operations.map(({ method, path }) => `${method} ${path}`));
    expect([...routes.keys()].filter((name) => !existing.has(name))).toEqual([]);
  });

  test('has every call the gateway makes with a caller token, and those that give tokens', () => {
    const byToken = TOPOLOGY.filter(({ from, authority }) => from === 'gateway' && authority === 'caller-token');
    const calls = byToken.flatMap(({ to, methods }) => methods.map((method) => `${to}.${method}`));
    const named = new Set(ROUTES.flatMap((route) => route.calls));
    expect([...calls, ...GIVE_TOKENS].filter((call) => !named.has(call))).toEqual([]);
    expect([...named].filter((call) => ![...calls, ...GIVE_TOKENS].includes(call))).toEqual([]);
  });

  test.each([
    ['GET', '/v1/auth/sessions', true],
    ['HEAD', '/v1/auth/sessions', true],
    ['POST', '/v1/auth/sessions', false],
    ['GET', '/auth/sessions', false],
    ['GET', '/v1/auth/sessions/', false],
    ['GET', '/v1/auth/sessions/x', false],
    ['GET', '/x/v1/auth/sessions', false],
  ])('%s %s may list sessions: %p', (method, path, may) => {
    expect(servesRoute('/countersign.session.v1.SessionService/ListSessions', method, path)).toBe(may);
  });

  test('a parameter is one segment that is not empty', () => {
    const end = (path: string) => servesRoute('/countersign.session.v1.SessionService/EndSession', 'DELETE', path);
    expect(['/v1/auth/sessions/a', '/v1/auth/sessions/', '/v1/auth/sessions/a/b'].map(end)).toEqual([
      true,
      false,
      false,
    ]);
    expect(servesRoute('/countersign.session.v1.SessionService/__proto__', 'GET', '/v1/auth/sessions')).toBe(false);
  });
});
