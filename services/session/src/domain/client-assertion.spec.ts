import { generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readAssertion } from './client-assertion.js';

const NOW = new Date('2026-03-01T12:00:00Z');
const SECOND = NOW.getTime() / 1000;
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'k' };
const expected = { clientId: 'server', audiences: ['https://as.example'], keys: [jwk], now: NOW };
const CLAIMS = { iss: 'server', sub: 'server', aud: 'https://as.example', jti: 'j', exp: SECOND + 300 };

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
function made(header: unknown, claims: unknown = CLAIMS): string {
  const input = `${part(header)}.${part(claims)}`;
  const mark = sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return `${input}.${mark.toString('base64url')}`;
}

describe('a client assertion', () => {
  test('RFC 7523 §3 · is accepted for five minutes and not a second more', () => {
    expect(readAssertion(made({ alg: 'ES256' }), expected)).toEqual({ jti: 'j', exp: SECOND + 300 });
    expect(readAssertion(made({ alg: 'ES256' }, { ...CLAIMS, exp: SECOND + 301 }), expected)).toBeUndefined();
    const later = { ...expected, now: new Date(NOW.getTime() + 300_000) };
    expect(readAssertion(made({ alg: 'ES256' }), later)).toBeUndefined();
  });

  test('is refused when no key was registered, or one that is none', () => {
    expect(readAssertion(made({ alg: 'ES256' }), { ...expected, keys: [] })).toBeUndefined();
    expect(
      readAssertion(made({ alg: 'ES256' }), { ...expected, keys: [{ kty: 'EC', crv: 'P-256' }, {}] }),
    ).toBeUndefined();
    const forOther = { ...jwk, alg: 'EdDSA' };
    expect(readAssertion(made({ alg: 'ES256' }), { ...expected, keys: [forOther] })).toBeUndefined();
  });

  test('of any bytes is refused without a crash', () => {
    const headers = fc.dictionary(fc.constantFrom('alg', 'typ', 'kid'), fc.oneof(fc.constant('ES256'), fc.jsonValue()));
    const claims = fc.dictionary(fc.constantFrom(...Object.keys(CLAIMS)), fc.jsonValue());
    const noise = fc.oneof(
      fc.string(),
      fc.tuple(fc.string(), fc.base64String(), fc.base64String()).map((parts) => parts.join('.')),
      fc.tuple(headers, claims).map(([header, body]) => made(header, body)),
    );
    fc.assert(
      fc.property(noise, (text) => {
        expect(readAssertion(text, expected)).toBeUndefined();
      }),
    );
  });
});
