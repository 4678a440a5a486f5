import { createHash, generateKeyPairSync } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { calculateJwkThumbprint, decodeProtectedHeader, EmbeddedJWK, jwtVerify, type JWK } from 'jose';
import { CountersignServer } from '../src/index.js';

interface Answer {
  status: number;
  headers?: Record<string, string>;
  body: object;
}

let platform: Server;
let baseUrl: string;
let seen: IncomingMessage[];
let answers: Answer[];

const TOKEN: Answer = { status: 200, body: { access_token: 'bound', token_type: 'DPoP', expires_in: 300 } };
const ok: Answer = { status: 200, body: { id: 'a' } };
const asking = (nonce: string): Answer => ({
  status: 401,
  headers: { 'dpop-nonce': nonce, 'www-authenticate': 'DPoP error="use_dpop_nonce"' },
  body: { code: 'dpop_nonce_required', title: 'The proof needs a fresh nonce.' },
});

beforeEach(async () => {
  [seen, answers] = [[], []];
  platform = createServer((request, response) => {
    seen.push(request);
    const { status, headers, body } = answers.shift() ?? { status: 500, body: {} };
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  });
  await new Promise<void>((listening) => platform.listen(0, '127.0.0.1', listening));
  baseUrl = `http://127.0.0.1:${(platform.address() as AddressInfo).port}`;
});

afterEach(() => new Promise((closed) => platform.close(closed)));

const server = (dpop: true | JWK = true) =>
  new CountersignServer({ baseUrl, clientId: 'bank', clientSecret: 's', dpop });

const proofOf = async ({ headers }: IncomingMessage) =>
  (await jwtVerify(String(headers.dpop), EmbeddedJWK, { typ: 'dpop+jwt', maxTokenAge: '1m' })).payload;

describe('a server with a key', () => {
  test('R24 · asks for its token and sends it with a proof of its own for each request (RFC 9449 §4.2)', async () => {
    answers = [TOKEN, ok, ok];
    const bank = server();
    await bank.subject('a');
    await bank.events({ limit: 1 });
    const [asked, read, searched] = await Promise.all(seen.map(proofOf));
    expect(asked).toMatchObject({ htm: 'POST', htu: `${baseUrl}/v1/oauth/token` });
    expect(asked).not.toHaveProperty('ath');
    const ath = createHash('sha256').update('bound').digest('base64url');
    expect(read).toMatchObject({ htm: 'GET', htu: `${baseUrl}/v1/subjects/a`, ath });
    expect(searched).toMatchObject({ htu: `${baseUrl}/v1/audit/events`, ath });
    expect(new Set([asked?.jti, read?.jti, searched?.jti]).size).toBe(3);
    expect(seen[1]!.headers.authorization).toBe('DPoP bound');
    const keys = seen.map(({ headers }) => decodeProtectedHeader(String(headers.dpop)).jwk as JWK);
    expect(new Set(await Promise.all(keys.map((jwk) => calculateJwkThumbprint(jwk)))).size).toBe(1);
  });

  test('RFC 9449 §8 · signs again with the nonce it is given, once, and keeps it', async () => {
    answers = [
      asking('n1'),
      TOKEN,
      asking('n2'),
      { ...ok, headers: { 'dpop-nonce': 'n3' } },
      ok,
      asking('n4'),
      asking('n5'),
    ];
    const bank = server();
    await bank.subject('a');
    await bank.subject('a');
    const nonces = (await Promise.all(seen.map(proofOf))).map(({ nonce }) => nonce);
    expect(nonces).toEqual([undefined, 'n1', 'n1', 'n2', 'n3']);
    await expect(bank.subject('a')).rejects.toMatchObject({ code: 'dpop_nonce_required' });
    expect(seen).toHaveLength(7);
  });

  test('RFC 9449 §7 · shows nothing private of a key it was given', async () => {
    answers = [TOKEN, ok];
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    await server({ ...privateKey.export({ format: 'jwk' }), alg: 'PS256' } as JWK).subject('a');
    const { jwk, alg } = decodeProtectedHeader(String(seen[0]!.headers.dpop));
    expect([alg, Object.keys(jwk as object).sort()]).toEqual(['PS256', ['e', 'kty', 'n']]);
  });

  test('RFC 9449 §5 · does not use a token that was not bound to its key', async () => {
    answers = [{ ...TOKEN, body: { ...TOKEN.body, token_type: 'Bearer' } }];
    await expect(server().subject('a')).rejects.toMatchObject({ code: 'token_unbound' });
    expect(seen).toHaveLength(1);
  });
});
