import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { equalBytes, fromBase64Url, sha256, toBase64Url, utf8 } from './bytes.js';

const ALPHABET = /^[A-Za-z0-9_-]*$/;

describe('fromBase64Url', () => {
  test('reads back exactly what toBase64Url wrote', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(fromBase64Url(toBase64Url(bytes))).toEqual(new Uint8Array(bytes));
      }),
    );
  });

  test('one sequence of bytes has one text: whatever is read encodes to what was read', () => {
    const nearly = fc.string({ unit: fc.constantFrom(...'ABwxyz0189-_+/= \n\u00e9') });
    fc.assert(
      fc.property(fc.oneof(nearly, fc.string(), fc.base64String()), (text) => {
        const bytes = fromBase64Url(text);
        expect(bytes === undefined || toBase64Url(bytes) === text).toBe(true);
        if (!ALPHABET.test(text)) expect(bytes).toBeUndefined();
      }),
    );
  });

  test.each([
    ['padding', 'AA=='],
    ['the alphabet of plain base64', '+/+/'],
    ['a length that no bytes have', 'A'],
    ['bits behind the last byte', 'AB'],
    ['white space', 'AA AA'],
    ['a line end', 'AAAA\n'],
    ['a zero byte', 'AAAA\0'],
  ])('refuses %s', (_, text) => expect(fromBase64Url(text)).toBeUndefined());
});

describe('sha256 and equalBytes', () => {
  test('digests its parts as if they were one (FIPS 180-4 example "abc")', () => {
    const digest = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
    expect(Buffer.from(sha256('a', utf8('bc'))).toString('hex')).toBe(digest);
  });

  test('bytes are equal when all are, and unequal lengths are unequal', () => {
    expect(equalBytes(utf8('abc'), utf8('abc'))).toBe(true);
    expect(equalBytes(utf8('abc'), utf8('abd'))).toBe(false);
    expect(equalBytes(utf8('abc'), utf8('abcd'))).toBe(false);
    expect(equalBytes(new Uint8Array(), new Uint8Array())).toBe(true);
  });
});
