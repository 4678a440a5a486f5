import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { openSuccessor, sealSuccessor } from './refresh-successor.js';

const PRESENT = `csr1.${randomBytes(80).toString('base64url')}`;

test('R6 · a successor opens with the very token it was sealed for, and with no other', () => {
  const sealed = sealSuccessor(PRESENT, 'csr1.next');
  expect(openSuccessor(PRESENT, sealed)).toBe('csr1.next');
  expect(() => openSuccessor(`${PRESENT}x`, sealed)).toThrow();
});

test('R6 · nothing of it can be read or changed, and no two seals are alike', () => {
  const [sealed, again] = [sealSuccessor(PRESENT, 'csr1.next'), sealSuccessor(PRESENT, 'csr1.next')];
  expect(Buffer.from(sealed).toString('latin1')).not.toContain('csr1');
  expect(Buffer.from(sealed).equals(again)).toBe(false);
  fc.assert(
    fc.property(fc.nat(sealed.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const changed = Uint8Array.from(sealed);
      changed[at]! ^= flip;
      expect(() => openSuccessor(PRESENT, changed)).toThrow();
    }),
  );
});

test.each([4, 8, 12, 13, 14, 15])('R6 · a seal cut down to %i bytes of its tag opens nothing', (bytes) => {
  const empty = sealSuccessor(PRESENT, '');
  expect(openSuccessor(PRESENT, empty)).toBe('');
  expect(() => openSuccessor(PRESENT, empty.subarray(0, 12 + bytes))).toThrow(/authentication tag length/i);
});
