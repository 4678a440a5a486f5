import { generateKeyPairSync } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { actionHash as kernelHash } from '@countersign/kernel';
import { importJWK, jwtVerify, type JWK } from 'jose';
import { actionHash, CountersignServer } from '../src/index.js';

interface Seen {
  line: string;
  authorization: string | undefined;
  idempotencyKey: string | string[] | undefined;
  body: string;
}

/** A platform of a few lines: hands out numbered tokens and answers what the test tells it to. */
class TinyPlatform {
  readonly seen: Seen[] = [];
  readonly answers: Record<string, { status: number; headers?: Record<string, string>; body: unknown }[]> = {};
  expiresIn = 300;
  private tokens = 0;
  private readonly server: Server = createServer(async (request, response) => {
    const line = `${request.method} ${request.url}`;
    const { authorization } = request.headers;
    const body = (await request.toArray()).join('');
    this.seen.push({ line, authorization, idempotencyKey: request.headers['idempotency-key'], body });
    const answer = line === 'POST /v1/oauth/token' ? this.token() : (this.answers[line]?.shift() ?? notFound);
    response.writeHead(answer.status, {
      'content-type': 'application/json',
      ...('headers' in answer && answer.headers),
    });
    response.end(JSON.stringify(answer.body));
  });

  async listen(): Promise<string> {
    await new Promise<void>((listening) => this.server.listen(0, '127.0.0.1', listening));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): Promise<unknown> {
    return new Promise((closed) => this.server.close(closed));
  }

  private token() {
    return {
      status: 200,
      body: { access_token: `t${++this.tokens}`, token_type: 'Bearer', expires_in: this.expiresIn },
    };
  }
}

const notFound = {
  status: 404,
  body: { code: 'not_found', title: 'There is no such thing.', status: 404, requestId: 'r' },
};
const ok = (body: unknown) => ({ status: 200, body });

let platform: TinyPlatform;
let baseUrl: string;
let server: CountersignServer;

beforeEach(async () => {
  platform = new TinyPlatform();
  baseUrl = await platform.listen();
  server = new CountersignServer({ baseUrl, clientId: 'bank', clientSecret: 's:e+cret' });
});

afterEach(() => platform.close());

const tokenRequests = (): Seen[] => platform.seen.filter(({ line }) => line === 'POST /v1/oauth/token');

describe('the server token', () => {
  test('is fetched once for calls that wait together, with the secret form-encoded (RFC 6749 §2.3.1)', async () => {
    platform.answers['GET /v1/subjects/a'] = [ok({ id: 'a' }), ok({ id: 'a' }), ok({ id: 'a' })];
    await Promise.all([server.subject('a'), server.subject('a'), server.subject('a')]);
    expect(tokenRequests()).toHaveLength(1);
    expect(Buffer.from(tokenRequests()[0]!.authorization!.slice(6), 'base64').toString()).toBe('bank:s%3Ae%2Bcret');
  });

  test('is renewed before it expires', async () => {
    platform.expiresIn = 10;
    platform.answers['GET /v1/subjects/a'] = [ok({}), ok({})];
    await server.subject('a');
    await server.subject('a');
    expect(platform.seen.at(-1)?.authorization).toBe('Bearer t2');
  });

  test('is replaced once when the platform calls it invalid', async () => {
    const refused = {
      status: 401,
      headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
      body: { code: 'caller_token_refused', title: 'The caller could not be established.' },
    };
    platform.answers['GET /v1/subjects/a'] = [refused, ok({ id: 'a' }), refused, refused];
    expect(await server.subject('a')).toEqual({ id: 'a' });
    await expect(server.subject('a')).rejects.toMatchObject({ code: 'caller_token_refused', status: 401 });
    expect(tokenRequests()).toHaveLength(3);
  });

  test.each(['jwk', 'pem'] as const)(
    'is asked for with an assertion signed by a key (RFC 7523), given as %s',
    async (format) => {
      const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const key =
        format === 'pem'
          ? (privateKey.export({ type: 'pkcs8', format: 'pem' }) as string)
          : ({ ...privateKey.export({ format: 'jwk' }), kid: 'k1' } as JWK);
      platform.answers['GET /v1/subjects/a'] = [ok({})];
      await new CountersignServer({
        baseUrl,
        clientId: 'bank',
        privateKey: key,
        scopes: ['subjects:read', 'introspect'],
      }).subject('a');
      const form = new URLSearchParams(tokenRequests()[0]!.body);
      expect(Object.fromEntries(form)).toMatchObject({
        grant_type: 'client_credentials',
        scope: 'subjects:read introspect',
      });
      const { payload, protectedHeader } = await jwtVerify(
        form.get('client_assertion')!,
        await importJWK(publicKey.export({ format: 'jwk' }) as JWK, 'ES256'),
        { issuer: 'bank', subject: 'bank', audience: `${baseUrl}/v1/oauth/token`, maxTokenAge: '1m' },
      );
      expect(protectedHeader.kid).toBe(format === 'jwk' ? 'k1' : undefined);
      expect(payload.jti).toMatch(/^[0-9a-f-]{36}$/);
    },
  );
});

describe('CountersignServer', () => {
  test('BCB-3 · redeems a grant with the hash of what it is about to do', async () => {
    const action = { name: 'payee.add', parameters: { iban: 'DE89370400440532013000', name: 'Ana' } };
    platform.answers['POST /v1/auth/grants/redeem'] = [ok({ subject: 's' })];
    await server.redeemGrant('g', action);
    expect(JSON.parse(platform.seen.at(-1)!.body)).toEqual({
      grant: 'g',
      action: { name: 'payee.add', hash: kernelHash(action) },
    });
    expect(actionHash({ name: 'payee.add' })).toBe(kernelHash({ name: 'payee.add' }));
  });

  test('introspects by form, with the action when asked', async () => {
    platform.answers['POST /v1/oauth/introspect'] = [ok({ active: false })];
    expect(await server.introspect('a+b', 'payee.add')).toEqual({ active: false });
    expect(Object.fromEntries(new URLSearchParams(platform.seen.at(-1)!.body))).toEqual({
      token: 'a+b',
      action: 'payee.add',
    });
  });

  test('sends a key of its own with every new subject, and the given one with a repetition', async () => {
    platform.answers['POST /v1/subjects'] = [ok({}), ok({}), ok({})];
    await server.createSubject({ reference: 'a' });
    await server.createSubject({ reference: 'b' });
    await server.createSubject({ reference: 'b' }, 'again');
    const keys = platform.seen.filter(({ line }) => line.endsWith('/subjects')).map((seen) => seen.idempotencyKey);
    expect(new Set(keys).size).toBe(3);
    expect(keys[2]).toBe('again');
  });

  test('asks for events with exactly the filters given', async () => {
    platform.answers['GET /v1/audit/events?type=signed_in&limit=2'] = [ok({ events: [] })];
    expect(await server.events({ type: 'signed_in', limit: 2 })).toEqual({ events: [] });
  });

  test('BCB-13.policy · previews a policy, page by page', async () => {
    platform.answers['POST /v1/policy/preview'] = [ok({ affected: 2 })];
    expect(await server.previewPolicy({ counter: 'refuse' }, { limit: 5 })).toEqual({ affected: 2 });
    expect(platform.seen.at(-1)?.body).toBe('{"policy":{"counter":"refuse"},"limit":5}');
  });

  test('throws a typed problem, also where there is no answer at all', async () => {
    await expect(server.subject('x')).rejects.toMatchObject({
      name: 'CountersignProblem',
      code: 'not_found',
      status: 404,
      details: { requestId: 'r' },
    });
    const nowhere = new CountersignServer({ baseUrl: 'http://127.0.0.1:1', clientId: 'bank', clientSecret: 's' });
    await expect(nowhere.subject('x')).rejects.toMatchObject({ code: 'network_failed', status: 0 });
  });
});
