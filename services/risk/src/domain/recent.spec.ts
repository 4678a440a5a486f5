import { randomUUID } from 'node:crypto';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { countWithin, leastIdAt } from './recent.js';

const NOW = new Date('2026-03-01T12:00:00Z');
const idAt = (ms: number): string => `${leastIdAt(new Date(ms)).slice(0, 19)}${randomUUID().slice(19)}`;

test('BCB-7.velocity · counts what happened within the window, and not what happened as long ago as it is', () => {
  const ids = [0, 999, 1_000, 5_000].map((agoMs) => idAt(NOW.getTime() - agoMs));
  expect(countWithin([], 1_000, NOW)).toBe(0);
  expect(countWithin(ids, 1_000, NOW)).toBe(2);
});

test('the least id of a moment is a UUIDv7 that lies below every id of that moment and above those of the one before', () => {
  expect(leastIdAt(NOW)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7000-8000-0{12}$/);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 47 }), (ms) => {
      const least = leastIdAt(new Date(ms));
      return least <= idAt(ms) && idAt(ms - 1) < least;
    }),
  );
});
