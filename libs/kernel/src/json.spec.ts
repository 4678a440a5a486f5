import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { actionHash } from './action.js';
import { canonicalBytes, canonicalJson } from './json.js';

describe('canonicalJson', () => {
  test('sorts members by UTF-16 code units, at every depth (RFC 8785 §3.2.3)', () => {
    const sorted = {
      '\u20ac': 1,
      '\r': 2,
      '\ufb33': 3,
      '1': 4,
      '\ud83d\ude00': 5,
      '\u0080': 6,
      '\u00f6': { b: 1, a: 2 },
    };
    expect(canonicalJson(sorted)).toBe(
      '{"\\r":2,"1":4,"\u0080":6,"\u00f6":{"a":2,"b":1},"\u20ac":1,"\ud83d\ude00":5,"\ufb33":3}',
    );
  });

  test('writes numbers and texts in their one form (RFC 8785 §3.2.2)', () => {
    const value = [Number('333333333.33333329'), 1e30, 4.5, 2e-3, 1e-27, -0, '\u20ac$\u000f\nA\'B"\\\\"/'];
    expect(canonicalJson(value)).toBe(
      '[333333333.3333333,1e+30,4.5,0.002,1e-27,0,"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"]',
    );
  });

  test('two documents that say the same are the same text', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(JSON.parse(text))).toBe(text);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  test.each([
    ['NaN', Number.NaN],
    ['infinity', { a: Number.POSITIVE_INFINITY }],
    ['half of a surrogate pair', { a: '\ud83d' }],
    ['half of a surrogate pair in a name', { '\udc00': 1 }],
    ['nothing', undefined],
    ['a function', () => 1],
  ])('refuses %s', (_, value) => expect(() => canonicalJson(value)).toThrow());

  test('its bytes are UTF-8', () =>
    expect(canonicalBytes('\u20ac')).toEqual(new Uint8Array([34, 0xe2, 0x82, 0xac, 34])));
});

describe('actionHash', () => {
  // Computed with: printf '…' | openssl dgst -sha256 -binary | basenc --base64url
  test('RNB-4 · is the SHA-256 of the canonical document, as a bank computes it in any language', () => {
    const parameters = { iban: 'DE02120300000000202051', amount: 12.5 };
    expect(actionHash({ name: 'payee.add', parameters })).toBe('yEygopshqr6g-uWT2Q4GYvNps-NgZUq-R5noiAw4Iss');
    expect(actionHash({ parameters: { amount: 12.5, iban: 'DE02120300000000202051' }, name: 'payee.add' })).toBe(
      actionHash({ name: 'payee.add', parameters }),
    );
  });

  test('RNB-4 · no parameters and empty parameters are the same action', () => {
    expect(actionHash({ name: 'payee.add' })).toBe('ctciPIqv3GJw-Sljyn1GnwiIysG2x7O1HZ0-jEAifPs');
    expect(actionHash({ name: 'payee.add', parameters: {} })).toBe('ctciPIqv3GJw-Sljyn1GnwiIysG2x7O1HZ0-jEAifPs');
  });

  test('RNB-4 · another name or one other parameter is another action', () => {
    const one = actionHash({ name: 'payee.add', parameters: { amount: 1 } });
    expect(actionHash({ name: 'payee.edit', parameters: { amount: 1 } })).not.toBe(one);
    expect(actionHash({ name: 'payee.add', parameters: { amount: '1' } })).not.toBe(one);
    expect(actionHash({ name: 'payee.add', parameters: { amount: 1, note: '' } })).not.toBe(one);
  });
});
