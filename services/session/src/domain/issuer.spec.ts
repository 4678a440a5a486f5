import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { issuerOf, slugOfIssuer, unverified } from './issuer.js';

const URL = 'https://auth.example';
const jws = (claims: unknown): string => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.AA`;

describe('an issuer', () => {
  test('BCB-16.issuer · names its tenant, and is compared exactly', () => {
    expect(slugOfIssuer(URL, issuerOf(URL, 'bank'))).toBe('bank');
    const others = ['/', '/../rival', '?x', '#x', '%2f', ' '].map((end) => issuerOf(URL, `bank${end}`));
    for (const other of [
      ...others,
      issuerOf(URL, ''),
      issuerOf('http://auth.example', 'bank'),
      issuerOf(`${URL}.evil`, 'bank'),
      'bank',
    ])
      expect(slugOfIssuer(URL, other)).toBeUndefined();
  });

  test('is found in a token nobody verified yet, and in nothing else', () => {
    expect(unverified(jws({ iss: 'https://x', exp: 7 }))).toEqual({ issuer: 'https://x', expiresAt: 7 });
    for (const other of [
      '',
      'a.b',
      `${jws({ iss: 'x', exp: 7 })}.AA`,
      jws(null),
      jws([]),
      jws({ iss: 7, exp: 7 }),
      jws({ iss: 'x' }),
      jws({ iss: 'x', exp: '7' }),
      jws({}),
      `${jws({ iss: 'x', exp: 7 })}${'A'.repeat(5_000)}`,
    ])
      expect(unverified(other)).toBeUndefined();
    fc.assert(fc.property(fc.string(), (noise) => unverified(`e30.${noise}.AA`) === undefined));
  });
});
