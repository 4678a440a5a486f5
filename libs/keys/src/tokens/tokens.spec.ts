import { generateKeyPairSync, sign } from 'node:crypto';
import { beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isRefusal, toBase64Url, utf8 } from '@countersign/kernel';
import { MemoryBacking } from '../store/memory-backing.js';
import type { PublicJwk } from '../store/key-store.js';
import { SoftwareKeyStore } from '../store/software-key-store.js';
import { JwksCache, jwksOf, type Jwks } from './jwks.js';
import { TokenSigner } from './token-signer.js';
import { verifyJws, type JwsExpectations } from './verify-jws.js';

const NOW = new Date('2026-03-01T12:00:00Z');
const SECOND = NOW.getTime() / 1000;
const CLAIMS = { iss: 'https://as.example', aud: 'bank', iat: SECOND, exp: SECOND + 30, sub: 's1' };
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const HEADER = { alg: 'ES256', kid: 'k1', typ: 'at+jwt' };

const expected: JwsExpectations = {
  typ: 'at+jwt',
  keyOf: (kid) => (kid === 'k1' ? publicKey : undefined),
  issuer: 'https://as.example',
  audience: 'bank',
  now: NOW,
};

const part = (value: unknown): string => toBase64Url(utf8(typeof value === 'string' ? value : JSON.stringify(value)));

function made(header: unknown = HEADER, claims: unknown = CLAIMS): string {
  const input = `${part(header)}.${part(claims)}`;
  return `${input}.${toBase64Url(sign('sha256', utf8(input), { key: privateKey, dsaEncoding: 'ieee-p1363' }))}`;
}

const reasonOf = async (token: string, changes: Partial<JwsExpectations> = {}): Promise<string> =>
  verifyJws(token, { ...expected, ...changes }).then(
    () => 'accepted',
    (error: unknown) => (isRefusal(error) ? (error.internal ?? error.code) : `crash: ${String(error)}`),
  );

describe('verifying a token', () => {
  test('a good token is accepted, with one audience or several', async () => {
    expect(await reasonOf(made())).toBe('accepted');
    expect(await reasonOf(made(HEADER, { ...CLAIMS, aud: ['x', 'bank'] }))).toBe('accepted');
    expect((await verifyJws(made(), expected)).claims['sub']).toBe('s1');
  });

  test.each([
    ['alg', { ...HEADER, alg: 'none' }],
    ['alg', { ...HEADER, alg: 'NONE' }],
    ['alg', { ...HEADER, alg: 'HS256' }],
    ['alg', { ...HEADER, alg: 'es256' }],
    ['alg', { kid: 'k1', typ: 'at+jwt' }],
    ['typ', { ...HEADER, typ: 'JWT' }],
    ['typ', { ...HEADER, typ: 'AT+JWT' }],
    ['typ', { alg: 'ES256', kid: 'k1' }],
    ['kid', { alg: 'ES256', typ: 'at+jwt' }],
    ['kid', { ...HEADER, kid: 'k 1' }],
    ['kid', { ...HEADER, kid: '' }],
    ['kid', { ...HEADER, kid: 'k'.repeat(201) }],
    ['kid', { ...HEADER, kid: ['k1'] }],
    ['unknown key', { ...HEADER, kid: 'k2' }],
    ['header has crit', { ...HEADER, crit: ['exp'], exp: 1 }],
    ['header has jku', { ...HEADER, jku: 'https://evil.example' }],
    ['header has x5u', { ...HEADER, x5u: 'https://evil.example' }],
    ['header has jwk', { ...HEADER, jwk: publicKey.export({ format: 'jwk' }) }],
    ['header has b64', { ...HEADER, b64: false }],
    ['header has zip', { ...HEADER, zip: 'DEF' }],
    ['header is not an object', [HEADER]],
    ['header is not an object', 'null'],
    ['header is not JSON', '{'],
  ])('RFC 8725 · refused for its %s', async (reason, header) => {
    expect(await reasonOf(made(header))).toBe(reason);
  });

  test.each([
    ['iss', { ...CLAIMS, iss: 'https://as.example/' }],
    ['aud', { ...CLAIMS, aud: 'other' }],
    ['aud', { ...CLAIMS, aud: undefined }],
    ['exp', { ...CLAIMS, exp: undefined }],
    ['exp', { ...CLAIMS, exp: String(CLAIMS.exp) }],
    ['iat', { ...CLAIMS, iat: undefined }],
    ['iat', { ...CLAIMS, iat: SECOND + 6 }],
    ['nbf', { ...CLAIMS, nbf: SECOND + 6 }],
    ['nbf', { ...CLAIMS, nbf: 'now' }],
    ['token_expired', { ...CLAIMS, exp: SECOND }],
    ['payload is not an object', [CLAIMS]],
  ])('RFC 7519 · refused for its %s', async (reason, claims) => {
    expect(await reasonOf(made(HEADER, claims))).toBe(reason);
  });

  test('a longer life than allowed is refused, a list of types may allow its absence', async () => {
    expect(await reasonOf(made(), { maxLifetime: 29 })).toBe('lifetime');
    expect(await reasonOf(made(), { maxLifetime: 30 })).toBe('accepted');
    expect(await reasonOf(made({ alg: 'ES256', kid: 'k1' }), { typ: ['JWT', undefined] })).toBe('accepted');
    expect(await reasonOf(made(), { typ: ['JWT', undefined] })).toBe('typ');
  });

  test('size, form and signature are refused before anything is believed', async () => {
    const token = made();
    const [head, payload, mark] = token.split('.') as [string, string, string];
    const der = toBase64Url(sign('sha256', utf8(`${head}.${payload}`), privateKey));
    expect(await reasonOf(token, { maxTokenBytes: token.length - 1 })).toBe('size');
    expect(await reasonOf(`${head}.${payload}`)).toBe('not compact');
    expect(await reasonOf(`${token}.x`)).toBe('not compact');
    expect(await reasonOf(`${head}.${payload}.a.b.c`)).toBe('not compact');
    expect(await reasonOf(JSON.stringify({ payload, signatures: [] }))).toBe('not compact');
    expect(await reasonOf(`${head}.${payload}.${der}`)).toBe('signature');
    expect(await reasonOf(`${head}.${payload}.${toBase64Url(new Uint8Array(64))}`)).toBe('signature');
    expect(await reasonOf(`${head}.${payload}.`)).toBe('signature is not base64url');
    expect(await reasonOf(`${head}.${payload}.${mark}=`)).toBe('signature is not base64url');
    expect(await reasonOf(`${head}.${part({ ...CLAIMS, sub: 's2' })}.${mark}`)).toBe('signature');
    expect(await reasonOf(`${toBase64Url(Uint8Array.of(0x7b, 0xff, 0x7d))}.${payload}.${mark}`)).toBe(
      'header is not JSON',
    );
  });

  test('whatever the bytes, the answer is a refusal and never a crash', async () => {
    const noise = fc.oneof(
      fc.string(),
      fc.array(fc.base64String(), { maxLength: 5 }).map((parts) => parts.join('.')),
    );
    await fc.assert(
      fc.asyncProperty(noise, async (token) => expect(await reasonOf(token)).not.toMatch(/^(accepted|crash)/)),
    );
    const headers = fc.jsonValue().map((value) => `${part(JSON.stringify(value))}.e30.AAAA`);
    await fc.assert(
      fc.asyncProperty(headers, async (token) => expect(await reasonOf(token)).not.toMatch(/^(accepted|crash)/)),
    );
  });

  test('one changed character anywhere voids a token', async () => {
    const token = made();
    const place = fc.tuple(fc.nat(token.length - 1), fc.constantFrom('A', 'b', '_', '.', '=', ' '));
    await fc.assert(
      fc.asyncProperty(place, async ([at, character]) => {
        fc.pre(token[at] !== character);
        expect(await reasonOf(token.slice(0, at) + character + token.slice(at + 1))).not.toMatch(/^(accepted|crash)/);
      }),
    );
  });
});

describe('signing through the key store', () => {
  let store: SoftwareKeyStore;
  let time = NOW.getTime();
  const clock = { now: () => new Date(time) };
  const claims = () => ({ ...CLAIMS, iat: Math.floor(time / 1000), exp: Math.floor(time / 1000) + 30 });
  const verifyWith = (cache: JwksCache, token: string) =>
    verifyJws(token, { ...expected, now: clock.now(), keyOf: (kid) => cache.key(kid) });

  beforeAll(async () => {
    store = new SoftwareKeyStore('memory', new MemoryBacking(), clock);
    await store.create('token/t1', 'sign');
  });

  test('BCB-9.keys · tokens verify through the JWKS across a rotation, and the header is alg, kid, typ', async () => {
    const signer = new TokenSigner(store, 'token/t1', { clock });
    const cache = new JwksCache(() => jwksOf(store, 'token/t1'), { clock });
    const before = await signer.sign('at+jwt', claims());
    expect((await verifyWith(cache, before)).header).toEqual({ alg: 'ES256', kid: 'memory:token/t1/1', typ: 'at+jwt' });
    await store.activate((await store.prepare('token/t1')).id);
    time += 2_001;
    const after = await signer.sign('at+jwt', claims());
    expect((await verifyWith(cache, after)).header.kid).toBe('memory:token/t1/2');
    expect((await verifyWith(cache, before)).header.kid).toBe('memory:token/t1/1');
  });

  test('BCB-9.keys · a disabled key is replaced at the next signature, without waiting', async () => {
    const signer = new TokenSigner(store, 'token/t1', { clock });
    const lost = await signer.kid();
    await store.activate((await store.prepare('token/t1')).id);
    await store.disable(lost);
    const cache = new JwksCache(() => jwksOf(store, 'token/t1'), { clock });
    const { header } = await verifyWith(cache, await signer.sign('at+jwt', claims()));
    expect(header.kid).toBe('memory:token/t1/3');
  });

  test('a name without an active key, or without any, signs nothing', async () => {
    const { id } = await store.create('caller', 'sign');
    await store.disable(id);
    await expect(new TokenSigner(store, 'caller').sign('x', {})).rejects.toMatchObject({ code: 'key_disabled' });
    await expect(new TokenSigner(store, 'none').sign('x', {})).rejects.toMatchObject({ code: 'key_unknown' });
  });
});

describe('a cache of verification keys', () => {
  test('invented kids fetch the set at most once per interval; who comes in between waits for the next', async () => {
    let fetches = 0;
    const keys: PublicJwk[] = [];
    const cache = new JwksCache(async () => ({ keys: (fetches++, [...keys]) }), { minInterval: 100 });
    const crowd = () => Promise.all(Array.from({ length: 100 }, async (_, index) => cache.key(`made-up-${index}`)));
    expect(new Set(await crowd())).toEqual(new Set([undefined]));
    expect(fetches).toBe(2);
    const store = new SoftwareKeyStore('memory', new MemoryBacking());
    const { id } = await store.create('caller', 'sign');
    keys.push(await store.publicKey(id));
    const [key] = await Promise.all([cache.key(id), crowd()]);
    expect(key).toBeDefined();
    expect(fetches).toBe(3);
  });

  test('a fetch that was under way when a key was made does not decide that there is none', async () => {
    const store = new SoftwareKeyStore('memory', new MemoryBacking());
    const { id } = await store.create('caller', 'sign');
    const set = await jwksOf(store, 'caller');
    const answers: ((jwks: Jwks) => void)[] = [];
    const cache = new JwksCache(() => new Promise((resolve) => answers.push(resolve)), { minInterval: 1 });
    const first = cache.key('earlier');
    const second = cache.key(id);
    answers[0]!({ keys: [] });
    await first;
    while (answers.length < 2) await new Promise((resolve) => setTimeout(resolve, 1));
    answers[1]!(set);
    expect(await second).toBeDefined();
  });

  test('a source that is down leaves the last set standing; one that never answered is an error', async () => {
    const store = new SoftwareKeyStore('memory', new MemoryBacking());
    const { id } = await store.create('caller', 'sign');
    let [time, up] = [NOW.getTime(), false];
    const load = () => (up ? jwksOf(store, 'caller') : Promise.reject(new Error('down')));
    const cache = new JwksCache(load, { clock: { now: () => new Date(time) } });
    await expect(cache.key(id)).rejects.toThrow('down');
    up = true;
    expect(await cache.key(id)).toBeDefined();
    up = false;
    time += 60_000;
    expect(await cache.key(id)).toBeDefined();
    expect(await cache.key('other')).toBeUndefined();
  });

  test('a disabled key leaves the set when it is fetched again', async () => {
    const store = new SoftwareKeyStore('memory', new MemoryBacking());
    const { id } = await store.create('caller', 'sign');
    let time = NOW.getTime();
    const cache = new JwksCache(() => jwksOf(store, 'caller'), { clock: { now: () => new Date(time) } });
    expect(await cache.key(id)).toBeDefined();
    await store.disable(id);
    time += 10_001;
    await cache.key(id);
    await new Promise(setImmediate);
    expect(await cache.key(id)).toBeUndefined();
  });
});
