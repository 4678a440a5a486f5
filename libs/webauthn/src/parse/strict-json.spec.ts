import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseStrictJson } from './strict-json.js';

describe('strict JSON', () => {
  test('reads whatever JSON can say, as JSON.parse reads it', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 8 }), (text) => {
        expect(parseStrictJson(text, 16)).toEqual(JSON.parse(text));
      }),
    );
  });

  test.each([
    '{"a":1,"a":1}',
    '{"a":1,"\\u0061":2}',
    '{"x":{"a":1,"b":[],"a":{}}}',
    '[{"a":1},{"a":1,"a" \n\t\r: 2}]',
    '{"":0,"":0}',
  ])('a name said twice is refused: %s', (text) => {
    expect(() => parseStrictJson(text, 16)).toThrow(SyntaxError);
  });

  test.each(['{"a":{"a":1}}', '[{"a":1},{"a":2}]', '{"a":"a","b":"a"}', '{"a":"\\"a\\":","b":"{[{["}'])(
    'the same name in another object, or inside a text, is no repetition: %s',
    (text) => {
      expect(parseStrictJson(text, 3)).toEqual(JSON.parse(text));
    },
  );

  test('nesting is bounded, and the bound is exact', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    expect(parseStrictJson(nested(16), 16)).toBeInstanceOf(Array);
    expect(() => parseStrictJson(nested(17), 16)).toThrow('nested too deeply');
    expect(() => parseStrictJson('{"a":'.repeat(2000), 16)).toThrow('nested too deeply');
  });

  test('no text makes it throw anything but SyntaxError', () => {
    const jsonish = fc.array(fc.constantFrom('{', '}', '[', ']', '"', '\\', ':', ',', ' ', 'a', '1', 'u0061', 'null'));
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          jsonish.map((parts) => parts.join('')),
        ),
        (text) => {
          try {
            parseStrictJson(text, 16);
          } catch (error) {
            expect(error).toBeInstanceOf(SyntaxError);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});

test('an object that has ended holds no names any more, and a text that never ends is none', () => {
  expect(parseStrictJson('{"a":{"b":1},"b":2}', 2)).toEqual({ a: { b: 1 }, b: 2 });
  expect(() => parseStrictJson('{"a":{},"a":1}', 2)).toThrow('a name appears twice');
  for (const text of ['"', '"a', '"a\\', '"\\"']) expect(() => parseStrictJson(text, 2)).toThrow('unterminated string');
});
