import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  defaultDeviceName,
  readDeviceName,
  readDisplayName,
  readIdempotencyKey,
  readPlatform,
  readReference,
} from './text.js';

describe('text from outside', () => {
  test('a reference keeps its case and its spaces; only its composition is unified', () => {
    expect(readReference(' Kunde 7 ')).toBe(' Kunde 7 ');
    expect(readReference('Zoe\u0308')).toBe('Zo\u00eb');
    expect(readReference('A')).not.toBe(readReference('a'));
  });

  test('a reference that was read is read again unchanged', () => {
    const read = (text: string): string | undefined => {
      try {
        return readReference(text);
      } catch (error) {
        expect(error).toMatchObject({ code: 'reference_invalid' });
        return undefined;
      }
    };
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        const once = read(text);
        return once === undefined || read(once) === once;
      }),
    );
  });

  test.each(['', 'a\u0000', 'a\u0085', 'a\u2028', 'a\ud800', 'x'.repeat(257)])('refuses the reference %j', (text) => {
    expect(() => readReference(text)).toThrow(expect.objectContaining({ code: 'reference_invalid' }));
  });

  test.each([0x00, 0x1f, 0x7f, 0x9f, 0x202a, 0x202e, 0x2066, 0x2069])(
    'refuses a name with U+%s: it would be shown as another',
    (point) => {
      const name = `Ada${String.fromCodePoint(point)}nimdA`;
      expect(() => readDisplayName(name)).toThrow(expect.objectContaining({ code: 'display_name_invalid' }));
      expect(() => readDeviceName(name)).toThrow(expect.objectContaining({ code: 'device_name_invalid' }));
      expect(() => readReference(name)).toThrow(expect.objectContaining({ code: 'reference_invalid' }));
    },
  );

  test.each(['\u05d3\u05d5\u05d3\u200f', '\u0622\u062f\u0627\u200c\u061c'])(
    'takes %j: names of right-to-left scripts',
    (name) => {
      expect(readDisplayName(name)).toBe(name);
    },
  );

  test('lengths are counted in characters, not in code units', () => {
    expect(readDeviceName('😀'.repeat(64))).toHaveLength(128);
    expect(() => readDeviceName('😀'.repeat(65))).toThrow(expect.objectContaining({ code: 'device_name_invalid' }));
    expect(readDisplayName('')).toBe('');
    expect(() => readDisplayName('x'.repeat(129))).toThrow(expect.objectContaining({ code: 'display_name_invalid' }));
  });

  test('an idempotency key is visible ASCII, at most 128 characters; an empty one is none', () => {
    expect(readIdempotencyKey('')).toBeUndefined();
    expect(readIdempotencyKey('a'.repeat(128))).toHaveLength(128);
    for (const key of ['a b', 'ä', 'a'.repeat(129)]) {
      expect(() => readIdempotencyKey(key)).toThrow(expect.objectContaining({ code: 'idempotency_key_invalid' }));
    }
  });

  test('what is stored of a platform is from a closed list', () => {
    expect(readPlatform('ios')).toBe('ios');
    for (const platform of ['', 'constructor', 'toString', 'plan9 <script>'])
      expect(readPlatform(platform)).toBe('other');
    expect(defaultDeviceName('ios')).toBe('iPhone or iPad');
    expect(defaultDeviceName('constructor')).toBe('Passkey');
  });
});
