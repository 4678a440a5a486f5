import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MAX_BODY_BYTES, MAX_DEPTH, parseStrictJson } from './strict-json.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const codeOf = (input: Uint8Array): string => {
  try {
    parseStrictJson(input);
    return 'accepted';
  } catch (error) {
    return (error as { code: string }).code;
  }
};
const nested = (depth: number): Uint8Array => bytes('['.repeat(depth) + ']'.repeat(depth));

describe('a JSON body', () => {
  test('is read as JSON.parse reads it', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 10 }), (text) => {
        const twice = codeOf(bytes(text)) !== 'accepted';
        if (!twice) expect(parseStrictJson(bytes(text))).toEqual(JSON.parse(text));
      }),
    );
  });

  test('depth counts to the level, size to the byte', () => {
    expect([codeOf(nested(MAX_DEPTH)), codeOf(nested(MAX_DEPTH + 1))]).toEqual(['accepted', 'request_too_large']);
    const filled = (size: number) => bytes(`"${'a'.repeat(size - 2)}"`);
    expect([codeOf(filled(MAX_BODY_BYTES)), codeOf(filled(MAX_BODY_BYTES + 1))]).toEqual([
      'accepted',
      'request_too_large',
    ]);
    expect(codeOf(bytes('{"a":'.repeat(10_000)))).toBe('request_too_large');
  });

  test('brackets within strings are no nesting', () => {
    expect(parseStrictJson(bytes(JSON.stringify({ a: '[[[{{{'.repeat(20), b: '\\"[' })))).toMatchObject({ b: '\\"[' });
  });

  test.each([
    ['a name twice', '{"a":1,"a":2}'],
    ['a name twice, spelt with escapes', '{"a":1,"\\u0061":2}'],
    ['a name twice, with space around', '{"a" :1,\n"a"\t:2}'],
    ['__proto__', '{"__proto__":{}}'],
    ['__proto__ spelt with escapes, deep within', '{"a":[{"\\u005f_proto__":1}]}'],
    ['an escaped NUL', '{"a":"\\u0000"}'],
    ['an unpaired surrogate', '{"a":"\\ud800"}'],
    ['an unpaired surrogate as a name', '{"\\udc00":1}'],
    ['a byte order mark', '\ufeff{}'],
    ['a comment', '{}//'],
    ['two values', '{} {}'],
    ['an unfinished string', '{"a'],
    ['nothing but space', ' '],
  ])('%s is refused', (_name, text) => {
    expect(codeOf(bytes(text))).toBe('request_invalid');
  });

  test('the same name in two objects, and as a value, is no repetition', () => {
    expect(codeOf(bytes('{"a":{"a":"a"},"b":["a","a"]}'))).toBe('accepted');
  });

  test('bytes that are not UTF-8 are refused', () => {
    expect(codeOf(Uint8Array.of(0x22, 0xff, 0x22))).toBe('request_invalid');
  });

  test('whatever comes, it is accepted or refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (input) => {
        expect(['accepted', 'request_invalid', 'request_too_large']).toContain(codeOf(input));
      }),
    );
    const structure = fc.string({ unit: fc.constantFrom(...'{}[]":,\\ua0 \n_'), maxLength: 60 });
    fc.assert(
      fc.property(structure, (text) => {
        expect(['accepted', 'request_invalid', 'request_too_large']).toContain(codeOf(bytes(text)));
      }),
      { numRuns: 2_000 },
    );
  });
});
