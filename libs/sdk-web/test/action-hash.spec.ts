import { describe, expect, test } from '@jest/globals';
import { actionHash as kernelHash, canonicalJson as kernelJson } from '@countersign/kernel';
import fc from 'fast-check';
import { actionHash, canonicalJson } from '../src/index.js';

const jsonValue = fc.jsonValue({ depthSize: 'medium' });

describe('actionHash', () => {
  test('BCB-3 · page and platform hash any action alike', async () => {
    const parameters = fc.dictionary(fc.string({ unit: 'grapheme' }), jsonValue);
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme' }), parameters, async (name, members) => {
        const action = { name, parameters: { ...members } };
        expect(await actionHash(action)).toBe(kernelHash(action));
      }),
    );
  });

  test('BCB-3 · an action without parameters is the action with empty ones', async () => {
    expect(await actionHash({ name: 'authenticator.add' })).toBe(
      await actionHash({ name: 'authenticator.add', parameters: {} }),
    );
  });

  test('BCB-3 · another parameter is another hash', async () => {
    const hashes = await Promise.all(
      ['DE1', 'DE2'].map((iban) => actionHash({ name: 'payee.add', parameters: { iban } })),
    );
    expect(hashes[0]).not.toBe(hashes[1]);
  });
});

describe('canonicalJson', () => {
  test('writes any JSON value as the platform does', () => {
    fc.assert(fc.property(jsonValue, (value) => expect(canonicalJson(value)).toBe(kernelJson(value))));
  });

  test('writes the example of RFC 8785 §3.2.3 in the order of UTF-16 code units', () => {
    const value = { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\u{1f600}': 5, '\u0080': 6, '\u00f6': 7 };
    expect(canonicalJson(value)).toBe('{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\u{1f600}":5,"\ufb33":3}');
  });

  test.each([
    ['undefined', undefined],
    ['a member that is undefined', { a: undefined }],
    ['a hole in an array', new Array(1)],
    ['NaN', NaN],
    ['infinity', [Infinity]],
    ['a date', new Date(0)],
    ['a big integer', 1n],
    ['a lone surrogate', '\ud800'],
    ['a lone surrogate as a name', { '\udc00': 1 }],
  ])('refuses %s', (_what, value) => {
    expect(() => canonicalJson(value)).toThrow(TypeError);
  });
});
