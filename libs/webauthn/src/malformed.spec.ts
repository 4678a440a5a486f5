import { expect, test } from '@jest/globals';
import { canonicalJson } from '@countersign/kernel';
import fc from 'fast-check';
import { excerpt } from './malformed.js';

test('an excerpt of any text has a canonical form, also where it was cut through a character', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      expect(() => canonicalJson({ origin: excerpt(text) })).not.toThrow();
    }),
  );
  expect(excerpt(`${'a'.repeat(127)}😀`)).toBe(`${'a'.repeat(127)}\uFFFD`);
});
