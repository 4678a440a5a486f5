import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { JwksCache, type Jwks } from './jwks.js';

const { x = '', y = '' } = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
const published = { kty: 'EC', crv: 'P-256', x, y, kid: 'one', alg: 'ES256', use: 'sig' };
const found = async (jwk: object): Promise<boolean> =>
  (await new JwksCache(() => Promise.resolve({ keys: [jwk] } as unknown as Jwks)).key('one')) !== undefined;

describe('a key set', () => {
  test('R24 · a key that says what it is for counts for that only (RFC 7517 §4.2-4.4)', async () => {
    expect(await found(published)).toBe(true);
    expect(await found({ ...published, key_ops: ['verify'] })).toBe(true);
    for (const other of [
      { use: 'enc' },
      { alg: 'ES384' },
      { key_ops: ['encrypt'] },
      { key_ops: 'verify' },
      { kty: 'RSA' },
    ])
      expect(await found({ ...published, ...other })).toBe(false);
  });

  test('RFC 7517 §4 · what a key may leave out it may leave out', async () => {
    const { alg: _alg, use: _use, ...rest } = published;
    expect(await found(rest)).toBe(true);
  });

  test('BCB-9.keys · a key is found the moment it is made, in a set that was just fetched', async () => {
    let fetches = 0;
    const keys = [published];
    const load = () => Promise.resolve({ keys: (fetches++, [...keys]) } as unknown as Jwks);
    const cache = new JwksCache(load);
    expect(await cache.key('one')).toBeDefined();
    keys.push({ ...published, kid: 'two' });
    expect(await cache.key('two')).toBeDefined();
    expect(fetches).toBe(2);
  });
});
