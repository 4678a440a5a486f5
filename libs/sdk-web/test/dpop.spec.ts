import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { decodeProtectedHeader, EmbeddedJWK, jwtVerify } from 'jose';
import { Countersign, DpopKey, type KeyShelf } from '../src/index.js';

interface Answer {
  status: number;
  headers?: Record<string, string>;
  body?: object;
}

/** Keeps as a browser does, in memory. */
class MemoryShelf implements KeyShelf {
  readonly pairs = new Map<string, CryptoKeyPair>();

  async keep(name: string, made: () => Promise<CryptoKeyPair>): Promise<CryptoKeyPair> {
    const pair = this.pairs.get(name) ?? (await made());
    this.pairs.set(name, pair);
    return pair;
  }
}

let server: Server;
let baseUrl: string;
let seen: IncomingMessage[];
let minted: Answer[];
let shelf: MemoryShelf;

const session: Answer = { status: 200, body: { session: { id: 's1' }, csrfToken: 'csrf-1' } };
const token: Answer = { status: 200, body: { accessToken: 'bound', tokenType: 'DPoP', expiresIn: 300 } };

beforeEach(async () => {
  [seen, minted, shelf] = [[], [], new MemoryShelf()];
  server = createServer((request, response) => {
    seen.push(request);
    const answer = request.url === '/v1/auth/session' ? session : (minted.shift() ?? { status: 500 });
    response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
    response.end(JSON.stringify(answer.body ?? {}));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(() => new Promise((closed) => server.close(closed)));

const page = () => new Countersign({ baseUrl, clientId: 'web', dpop: new DpopKey('web', shelf) });
const verified = async (proof: string | undefined) =>
  (await jwtVerify(proof ?? '', EmbeddedJWK, { typ: 'dpop+jwt', maxTokenAge: '1m' })).payload;
const mints = () => seen.filter(({ url }) => url === '/v1/auth/session/token');

describe('a page with a key', () => {
  test('R24 · mints a token with a proof, and proves it to the bank’s API for each request', async () => {
    minted = [token];
    const countersign = page();
    const url = 'https://api.bank.example/accounts?limit=5';
    const first = await countersign.authorization('GET', url);
    const second = await countersign.authorization('GET', url);
    expect(await verified(String(mints()[0]!.headers.dpop))).toMatchObject({
      htm: 'POST',
      htu: `${baseUrl}/v1/auth/session/token`,
    });
    expect(first.Authorization).toBe('DPoP bound');
    const [one, other] = [await verified(first.DPoP), await verified(second.DPoP)];
    const ath = createHash('sha256').update('bound').digest('base64url');
    expect(one).toMatchObject({ htm: 'GET', htu: 'https://api.bank.example/accounts', ath });
    expect(one.jti).not.toBe(other.jti);
    expect(mints()).toHaveLength(1);
  });

  test('R24 · shows its public key only, cannot read the private one out, and finds it again on the next visit', async () => {
    minted = [token, token];
    await page().accessToken();
    await page().accessToken();
    const keys = mints().map(({ headers }) => decodeProtectedHeader(String(headers.dpop)).jwk);
    expect(keys[0]).toEqual(keys[1]);
    expect(Object.keys(keys[0] as object).sort()).toEqual(['crv', 'kty', 'x', 'y']);
    const { privateKey } = shelf.pairs.get('web')!;
    await expect(crypto.subtle.exportKey('jwk', privateKey)).rejects.toThrow();
  });

  test('RFC 9449 §8 · signs again with the nonce it is given, once', async () => {
    const asking: Answer = {
      status: 401,
      headers: { 'dpop-nonce': 'n1' },
      body: { code: 'dpop_nonce_required', title: 'The proof needs a fresh nonce.' },
    };
    minted = [asking, token];
    expect(await page().accessToken()).toBe('bound');
    expect(await verified(String(mints()[1]!.headers.dpop))).toMatchObject({ nonce: 'n1' });
    minted = [asking, asking, token];
    await expect(page().accessToken()).rejects.toMatchObject({ code: 'dpop_nonce_required' });
  });

  test('RFC 9449 §5 · uses no token that was not bound to its key, and says where a browser keeps none', async () => {
    minted = [{ status: 200, body: { accessToken: 'loose', tokenType: 'Bearer', expiresIn: 300 } }];
    await expect(page().accessToken()).rejects.toMatchObject({ code: 'token_unbound' });
    const nowhere = { keep: () => Promise.reject(new Error('private browsing')) };
    const bare = new Countersign({ baseUrl, clientId: 'web', dpop: new DpopKey('web', nowhere) });
    await expect(bare.accessToken()).rejects.toMatchObject({ code: 'key_unavailable' });
  });

  test('without a key a bearer token goes alone', async () => {
    minted = [{ status: 200, body: { accessToken: 'loose', tokenType: 'Bearer', expiresIn: 300 } }];
    const plain = new Countersign({ baseUrl, clientId: 'web' });
    expect(await plain.authorization('GET', 'https://api.bank.example/')).toEqual({ Authorization: 'Bearer loose' });
    expect(mints()[0]!.headers).not.toHaveProperty('dpop');
  });
});
