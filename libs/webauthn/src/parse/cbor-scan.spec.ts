import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { encodeCbor, type CborValue } from '@countersign/testing';
import { decodeAttestationObject } from '@simplewebauthn/server/helpers';
import { LIMITS } from '../limits.js';
import { CborRefused, scanCbor } from './cbor-scan.js';

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const scan = (bytes: Uint8Array, shortest = true) => scanCbor(bytes, 0, { shortest });

const value = fc.letrec<{ value: CborValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.integer({ min: -(2 ** 32), max: 2 ** 32 - 1 }),
    fc.boolean(),
    fc.constant(null),
    fc.string({ unit: 'grapheme' }),
    fc.uint8Array({ maxLength: 300 }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc
      .uniqueArray(fc.tuple(fc.oneof(fc.string(), fc.integer({ min: -300, max: 300 })), tie('value')), {
        maxLength: 4,
        selector: ([key]) => key,
      })
      .map((entries): CborValue => new Map(entries)),
  ),
})).value;

describe('CBOR scan', () => {
  test('what an authenticator can say passes, and ends where it ends', () => {
    fc.assert(
      fc.property(value, fc.uint8Array({ maxLength: 4 }), (item, rest) => {
        const bytes = encodeCbor(item);
        expect(scan(new Uint8Array([...bytes, ...rest])).end).toBe(bytes.length);
      }),
    );
  });

  test('whatever passes can be decoded by SimpleWebAuthn, which is why it may decode', () => {
    fc.assert(
      fc.property(value, (item) => {
        expect(decodeAttestationObject(encodeCbor(item))).toEqual(item);
      }),
    );
  });

  test.each([
    ['nothing', ''],
    ['an indefinite list', '9f 01 ff'],
    ['an indefinite map', 'bf 01 02 ff'],
    ['indefinite bytes', '5f 41 00 ff'],
    ['a lone break', 'ff'],
    ['a reserved length', '1c'],
    ['a tag', 'c0 00'],
    ['a float', 'fb 3ff0000000000000'],
    ['undefined', 'f7'],
    ['a simple value', 'f8 20'],
    ['a key twice', 'a2 01 02 01 03'],
    ['a key twice, once in a longer form', 'a2 01 02 18 01 03'],
    ['a text key twice', 'a2 61 61 00 61 61 00'],
    ['a key that is a list', 'a1 80 00'],
    ['a key that is bytes', 'a1 41 00 00'],
    ['text that is not UTF-8', '61 ff'],
    ['a key that is not UTF-8', 'a1 61 ff 00'],
    ['bytes beyond the input', '42 00'],
    ['a list beyond the input', '82 00'],
    ['a map beyond the input', 'a1 00'],
    ['half a length', '59 00'],
    ['an integer beyond 2^53', '1b ffffffffffffffff'],
  ])('refused: %s', (_name, bytes) => {
    expect(() => scan(hex(bytes), false)).toThrow(CborRefused);
  });

  test.each([
    '18 01',
    '19 0018',
    '1a 00000100',
    '1b 0000000000000100',
    '38 01',
    '58 01 00',
    '78 01 61',
    '98 01 00',
    'b8 01 00 00',
  ])('a longer form than needed is refused where CTAP2 rules: %s', (bytes) => {
    expect(() => scan(hex(bytes))).toThrow('not in shortest form');
    expect(scan(hex(bytes), false).end).toBe(hex(bytes).length);
  });

  test('nesting is bounded at 16, and the bound is exact', () => {
    const nested = (depth: number) => new Uint8Array([...new Array<number>(depth - 1).fill(0x81), 0x00]);
    expect(scan(nested(LIMITS.cborDepth)).depth).toBe(16);
    expect(() => scan(nested(LIMITS.cborDepth + 1))).toThrow('nested too deeply');
    expect(() => scan(nested(100_000))).toThrow('nested too deeply');
  });

  test('items are bounded at 512, and the bound is exact', () => {
    const list = (items: number) => encodeCbor(new Array<number>(items - 1).fill(0));
    expect(scan(list(LIMITS.cborItems)).items).toBe(512);
    expect(() => scan(list(LIMITS.cborItems + 1))).toThrow('too many items');
    const map = (pairs: number) => encodeCbor(new Map(Array.from({ length: pairs }, (_item, key) => [key, 0])));
    expect(scan(map(255)).items).toBe(511);
    expect(() => scan(map(256))).toThrow('too many items');
  });

  test('a bomb that announces 2^32 members is refused without reading any', () => {
    for (const bomb of [
      '9a ffffffff',
      'ba ffffffff',
      '9b 001fffffffffffff',
      'bb 001fffffffffffff',
      '5b 001fffffffffffff',
    ])
      expect(() => scan(hex(`${bomb} 00 00 00`))).toThrow('length beyond the input');
  });

  test('a bomb of lists in lists stops at the limit of items', () => {
    const wide = (depth: number): CborValue => (depth === 0 ? 0 : new Array<CborValue>(8).fill(wide(depth - 1)));
    expect(() => scan(encodeCbor(wide(6)))).toThrow('too many items');
  });

  test('no bytes make it throw anything but a refusal, or read beyond the end', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, shortest) => {
        try {
          const { end, items, depth } = scan(bytes, shortest);
          expect(end).toBeLessThanOrEqual(bytes.length);
          expect(items).toBeLessThanOrEqual(LIMITS.cborItems);
          expect(depth).toBeLessThanOrEqual(LIMITS.cborDepth);
        } catch (error) {
          expect(error).toBeInstanceOf(CborRefused);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
