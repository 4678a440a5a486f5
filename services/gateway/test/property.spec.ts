import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isCode } from '@countersign/kernel';
import { API_CONTROLLERS } from '../src/controllers/index.js';
import { endpointsOf } from '../src/http/endpoint.js';
import { openApiDocument } from '../src/openapi/document.js';
import { House, WEB, type Received } from './fakes/house.js';

let house: House;
beforeAll(async () => {
  house = await House.open();
});
afterAll(() => house.stop());

const document = openApiDocument(endpointsOf(API_CONTROLLERS));
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
);
const CANARY = 'canary-5d1f';

/** Headers that lead as deep into the gateway as this operation goes. */
function callerOf(operation: (typeof operations)[number]['operation']): Record<string, string> {
  const scheme = operation.security.flatMap((way) => Object.entries(way));
  const scopes = scheme.flatMap(([name, wanted]) => (name === 'server' ? wanted : []));
  return scopes.length > 0 ? house.server(...scopes) : house.signedIn();
}

/** A path whose parameters are anything a URL can carry. */
const filled = (path: string, values: string[]): string =>
  path.replaceAll(/\{\w+\}/g, () => encodeURIComponent(values.pop() ?? 'x') || 'x');

function check(answer: Received): void {
  expect(answer.status).toBeLessThan(500);
  if (answer.status < 400) return;
  expect(answer.headers['content-type']).toContain('application/problem+json');
  expect(isCode(answer.json.code as string)).toBe(true);
  expect(answer.text).not.toMatch(/\bat .*\.(?:ts|js):\d|select |insert /);
}

const words = fc.string({ unit: 'binary', maxLength: 40 });
const json = fc.jsonValue({ maxDepth: 6 }).map((value) => JSON.stringify(value));
const nearly = fc.string({ unit: fc.constantFrom(...'{}[]",:\\u0 ade1.-\u0000é'), maxLength: 200 });
const bytes = fc.uint8Array({ maxLength: 300 });

describe.each(operations.map((each) => [`${each.method} ${each.path}`, each] as const))(
  '%s',
  (_name, { path, method, operation }) => {
    test('whatever body, query and path come, the answer is never a 5xx', async () => {
      const types = ['application/json', 'application/x-www-form-urlencoded', 'text/plain'];
      const input = fc.record({
        body: fc.oneof(json, nearly, bytes),
        type: fc.constantFrom(...types),
        values: fc.array(words, { minLength: 2, maxLength: 2 }),
        query: fc.option(fc.array(fc.tuple(words, words), { maxLength: 3 }), { nil: [] }),
      });
      await fc.assert(
        fc.asyncProperty(input, async ({ body, type, values, query }) => {
          const search = new URLSearchParams(query).toString();
          const media: Record<string, string> = method === 'GET' ? {} : { 'content-type': type };
          const headers = { ...callerOf(operation), ...media };
          const sent = method === 'GET' ? {} : { body };
          check(await house.send(`/v1${filled(path, values)}${search && `?${search}`}`, { method, ...sent, headers }));
        }),
        { numRuns: 15 },
      );
    });

    test('members of its own form with values of any kind are judged, not tripped over, and never echoed', async () => {
      const schema = (
        operation.requestBody?.content as Record<string, { schema: { properties?: object } }> | undefined
      )?.['application/json']?.schema;
      const names = [...Object.keys(schema?.properties ?? {}), 'another'];
      const value = fc.oneof(
        fc.jsonValue({ maxDepth: 3 }),
        fc.constant(CANARY),
        fc.constant({ id: CANARY, response: { x: CANARY } }),
      );
      const body = fc.dictionary(fc.constantFrom(...names), value, { maxKeys: names.length });
      await fc.assert(
        fc.asyncProperty(body, async (members) => {
          const headers = callerOf(operation);
          const sent = method === 'GET' ? {} : { body: members };
          const answer = await house.send(`/v1${filled(path, ['x', 'x'])}`, { method, ...sent, headers });
          check(answer);
          if (answer.status >= 400) expect(answer.text).not.toContain(CANARY);
        }),
        { numRuns: 10 },
      );
    });
  },
);

test('canaries in every header and place of a request do not come back in a problem', async () => {
  for (const { path, method } of operations) {
    const canaries = Object.fromEntries(
      [
        'authorization',
        'cookie',
        'countersign-csrf',
        'countersign-grant',
        'countersign-enrollment',
        'idempotency-key',
        'origin',
      ].map((name) => [
        name,
        name === 'cookie' ? `countersign=${CANARY}` : name === 'authorization' ? `Bearer ${CANARY}` : CANARY,
      ]),
    );
    const body =
      method === 'GET' ? undefined : { credential: CANARY, ticket: CANARY, reference: CANARY, userName: CANARY };
    const headers = { ...canaries, 'countersign-client': WEB, 'user-agent': CANARY };
    const answer = await house.send(`/v1${filled(path, [CANARY, CANARY])}?x=${CANARY}`, { method, body, headers });
    expect([path, answer.text.includes(CANARY), JSON.stringify(answer.headers).includes(CANARY)]).toEqual([
      path,
      false,
      false,
    ]);
  }
});
