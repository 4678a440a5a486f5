import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  createBank,
  createCustomer,
  filled,
  HostProcess,
  invite,
  named,
  operationsOf,
  ORIGIN,
  rawHttp,
  refusal,
  refusedWith,
  serverToken,
  statusesIn,
  type Bank,
  type Customer,
  type Json,
  type Operation,
} from '@countersign/e2e';
import { encodeCbor } from '@countersign/testing';
import fc from 'fast-check';

const RUNS = 40;
/** What the edge answers whatever the operation. */
const ANYWHERE = [
  'route_unknown',
  'method_not_allowed',
  'request_invalid',
  'request_too_large',
  'media_type_unsupported',
  'client_unknown',
  'rate_limited',
];

// An installation of its own: so many failures from one address are limited, and would be for others too.
let host: HostProcess;
let bank: Bank;
let customer: Customer;
let operations: Operation[];
let callers: Record<string, string>[];
beforeAll(async () => {
  host = await HostProcess.start();
  bank = await createBank(host);
  customer = await createCustomer(host, bank);
  await customer.browser.signIn();
  operations = await operationsOf(host, named(bank.web));
  const { cookies, csrf } = customer.browser;
  const person = {
    ...named(bank.web),
    origin: ORIGIN,
    cookie: `countersign=${cookies.get('countersign')}`,
    'countersign-csrf': csrf!,
  };
  callers = [named(bank.web), person, { authorization: `Bearer ${await serverToken(host, bank)}` }];
}, 180_000);
afterAll(() => host.stop(), 60_000);

/** Anything that fits into an HTTP header. */
const headerText = fc.stringMatching(/^[\x20-\x7e]{0,60}$/).map((text) => text.trim());
const strange = fc.record(
  {
    authorization: headerText,
    cookie: headerText,
    'countersign-csrf': headerText,
    'countersign-grant': headerText,
    'countersign-enrollment': headerText,
    origin: headerText,
    'user-agent': headerText,
    'idempotency-key': headerText,
  },
  { requiredKeys: [] },
);
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('', '\0', '../..', '%00', '\u202e', 'null', '__proto__'),
);

/** An answer is never the server's failure, and a refusal is a problem document with a code the document lists. */
async function mustBeSound(
  { method, operationId, errorCodes }: Operation,
  url: string,
  init: RequestInit,
): Promise<void> {
  const response = await fetch(url, { ...init, method });
  const text = await response.text();
  if (response.status < 400) return;
  const problem = JSON.parse(text) as Json;
  expect([operationId, response.status < 500, text]).toEqual([operationId, true, text]);
  expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(problem).toMatchObject({ status: response.status, requestId: response.headers.get('countersign-request-id') });
  if (!ANYWHERE.includes(String(problem.code)))
    expect([operationId, errorCodes]).toEqual([operationId, expect.arrayContaining([problem.code])]);
}

const urlOf = ({ path, ids, query }: Operation, texts: string[]): string => {
  const values = ids.map((name, at) => [name, texts[at] || 'x'] as const);
  const search = new URLSearchParams(query.map((name, at): [string, string] => [name, texts[at] ?? '']));
  return `${host.urls[0]}/v1${filled(path, Object.fromEntries(values))}${texts.length > 2 ? `?${search}` : ''}`;
};

/** The example with some of its members replaced by anything. */
const mutated = (example: unknown): fc.Arbitrary<unknown> =>
  fc.tuple(fc.jsonValue({ maxDepth: 3 }), fc.nat(20), anyText).map(([value, place, text]) => {
    let at = 0;
    return JSON.parse(JSON.stringify(example ?? {}), (_name, member: unknown) =>
      at++ === place ? value : typeof member === 'string' && place % 3 === 0 ? text : member,
    ) as unknown;
  });

/** Not the ones that would end the session the others need. */
const lasting = (): Operation[] => operations.filter(({ operationId }) => !operationId.startsWith('signOut'));

describe('what the edge knows', () => {
  test('RNB-7.limits · media types, methods and clients nobody knows are named as such', async () => {
    const { browser } = customer;
    const plain = browser.request('POST', '/passkey/authenticate/options', {}, { 'content-type': 'text/plain' });
    expect(await refusedWith(plain)).toBe('media_type_unsupported');
    expect(await refusedWith(browser.request('PUT', '/auth/session', {}))).toBe('method_not_allowed');
    expect(await refusedWith(browser.request('GET', '/no/such/route'))).toBe('route_unknown');
    const nobody = { 'countersign-client': 'nobody' };
    expect(await refusedWith(browser.request('POST', '/passkey/authenticate/options', {}, nobody))).toBe(
      'client_unknown',
    );
    const two = { 'countersign-client': `${bank.web}, ${bank.native}` };
    expect(await refusedWith(browser.request('POST', '/passkey/authenticate/options', {}, two))).toBe('client_unknown');
    expect(await refusedWith(browser.request('GET', '/auth/session', undefined, named(bank.server.clientId)))).toBe(
      'client_mismatch',
    );
  });
});

describe('a template of a face', () => {
  /** A policy to be previewed is read member by member, below `policy`. */
  const takesJson = ({ media, method }: Operation): boolean => media === 'application/json' && method !== 'GET';

  test('BCB-10.biometric · is no member of any request, and refused beside those that are', async () => {
    const codes: [string, unknown][] = [];
    for (const operation of lasting().filter(takesJson)) {
      const body = JSON.stringify({ ...(operation.example as Json), faceTemplate: 'AAAA' });
      for (const caller of callers) {
        const init = { method: operation.method, headers: { ...caller, 'content-type': 'application/json' }, body };
        const response = await fetch(urlOf(operation, []), init);
        codes.push([operation.operationId, response.status < 400 ? 'taken' : ((await response.json()) as Json).code]);
      }
    }
    expect(codes.filter(([, code]) => code === 'taken')).toEqual([]);
    const refused = new Set(codes.filter(([, code]) => code === 'request_invalid').map(([operation]) => operation));
    expect(refused.size).toBeGreaterThan(10);
  });
});

describe('bombs', () => {
  const post = async (body: string): Promise<[number, unknown]> => {
    const headers = { ...named(bank.web), 'content-type': 'application/json' };
    const response = await fetch(`${host.urls[0]}/v1/passkey/authenticate/options`, { method: 'POST', headers, body });
    return [response.status, ((await response.json()) as Json).code];
  };

  test('RNB-7.limits · JSON that is too large or too deep is refused before it is built', async () => {
    expect(await post(JSON.stringify({ userName: 'x'.repeat(70_000) }))).toEqual([413, 'request_too_large']);
    expect(await post('['.repeat(60_000))).toEqual([413, 'request_too_large']);
    expect(await post(`${'{"a":'.repeat(17)}1${'}'.repeat(17)}`)).toEqual([413, 'request_too_large']);
    expect(await post('{"userName":"a","userName":"b"}')).toEqual([400, 'request_invalid']);
    expect(await post('{"__proto__":{"userName":"a"}}')).toEqual([400, 'request_invalid']);
    expect(await post('{"userName":"\\ud800"}')).toEqual([400, 'request_invalid']);
    expect(await post(`{"userName":${'9'.repeat(10_000)}}`)).toEqual([400, 'request_invalid']);
  });

  test('RNB-7.limits · CBOR that claims, nests or repeats without end is refused as malformed', async () => {
    const nested = (depth: number): Buffer => Buffer.concat([Buffer.alloc(depth, 0x81), Buffer.from([0])]);
    const object = (statement: Uint8Array): Uint8Array =>
      Buffer.concat([
        Buffer.from('a3', 'hex'),
        encodeCbor('fmt'),
        encodeCbor('none'),
        encodeCbor('attStmt'),
        statement,
        encodeCbor('authData'),
        encodeCbor(Buffer.alloc(200)),
      ]);
    const bombs = {
      'an array of 2^32 items': object(Buffer.from('9affffffff', 'hex')),
      'bytes of 2^63': object(Buffer.from('5b7fffffffffffffff', 'hex')),
      'a text that is longer than all': object(Buffer.from('7affffffff', 'hex')),
      'a deep array': object(nested(5_000)),
      'a map of 20,000': object(encodeCbor(new Map(Array.from({ length: 20_000 }, (_, n) => [n, 0] as const)))),
      'an endless array': object(Buffer.from('9f9f9f9f9f9f9f9f', 'hex')),
      nothing: new Uint8Array(),
    };
    for (const [name, bomb] of Object.entries(bombs)) {
      const { browser } = await invite(host, bank);
      const options = await browser.request('POST', '/passkey/register/options', {});
      const alter = { attestationObject: () => new Uint8Array(bomb) };
      const credential = browser.authenticator.register(options as never, { origin: ORIGIN, alter }) as unknown as Json;
      const refused = await refusal(browser.request('POST', '/passkey/register/verify', { credential }));
      expect([name, refused.status, refused.code]).toEqual([
        name,
        expect.any(Number),
        expect.stringMatching(/malformed$|^request_(invalid|too_large)$/),
      ]);
      expect(refused.status).toBeLessThan(500);
    }
  });
});

describe('bytes that are no honest HTTP', () => {
  const line = (): string =>
    `POST /v1/passkey/authenticate/options HTTP/1.1\r\nHost: localhost\r\nCountersign-Client: ${bank.web}\r\nContent-Type: application/json\r\n`;
  const smuggled = 'GET /v1/openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n';

  test('R9 · no second request hides in the body of a first', async () => {
    const attempts = {
      'both lengths': `${line()}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
      'two lengths': `${line()}Content-Length: 2\r\nContent-Length: 80\r\n\r\n{}${smuggled}`,
      'a length with a sign': `${line()}Content-Length: +2\r\n\r\n{}${smuggled}`,
      'chunked, but not last': `${line()}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${smuggled}`,
      'an unknown coding': `${line()}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${smuggled}`,
      'a space before the colon': `${line()}Content-Length : 2\r\n\r\n{}${smuggled}`,
      'a folded header': `${line()}Transfer-Encoding:\r\n chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n${smuggled}`,
      'a NUL in a header': `${line()}X-Odd: a\0b\r\nContent-Length: 2\r\n\r\n{}${smuggled}`,
      'a chunk size beyond all numbers': `${line()}Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n{}\r\n0\r\n\r\n${smuggled}`,
      'bare line feeds in chunks': `${line()}Transfer-Encoding: chunked\r\n\r\n2\n{}\n0\n\n${smuggled}`,
    };
    for (const [name, bytes] of Object.entries(attempts)) {
      const statuses = statusesIn(await rawHttp(host.urls[0]!, bytes));
      expect([name, statuses]).toEqual([name, [400]]);
    }
  }, 60_000);

  test('RNB-7.limits · headers without end, no host, and noise get one plain refusal', async () => {
    const noise = Buffer.from(Array.from({ length: 512 }, (_, n) => (n * 7919) % 256));
    const attempts: [string, string | Uint8Array, number][] = [
      [
        'headers without end',
        `GET /v1/openapi.json HTTP/1.1\r\nHost: localhost\r\n${`X-A: ${'a'.repeat(1000)}\r\n`.repeat(100)}\r\n`,
        431,
      ],
      ['no host', 'GET /v1/openapi.json HTTP/1.1\r\n\r\n', 400],
      ['two hosts', 'GET /v1/openapi.json HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', 400],
      ['noise', noise, 400],
      ['TLS', Buffer.from('16030100c8010000c40303', 'hex'), 400],
    ];
    for (const [name, bytes, status] of attempts)
      expect([name, statusesIn(await rawHttp(host.urls[0]!, bytes))]).toEqual([name, [status]]);
  });
});

describe('anything at all, at every route', () => {
  test('random bytes, random JSON and spoilt examples are refused or answered, never a 5xx', async () => {
    for (const operation of lasting()) {
      const body = fc.oneof(
        fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
        fc.json({ maxDepth: 4 }),
        mutated(operation.example).map((value) => JSON.stringify(value)),
      );
      const attempt = fc.record({
        body,
        strange,
        texts: fc.array(anyText, { maxLength: 6 }),
        caller: fc.constantFrom(...callers),
        typed: fc.boolean(),
      });
      await fc.assert(
        fc.asyncProperty(attempt, async ({ body: sent, strange: odd, texts, caller, typed }) => {
          const headers = {
            ...caller,
            ...odd,
            'content-type': typed ? (operation.media ?? 'application/json') : 'application/json',
          };
          const withBody = operation.method === 'GET' ? {} : { body: sent as string };
          await mustBeSound(operation, urlOf(operation, texts), { headers, ...withBody });
        }),
        { numRuns: RUNS },
      );
    }
  }, 120_000);

  test('after all this the person signs in as before', async () => {
    await customer.browser.signIn();
  });
});
