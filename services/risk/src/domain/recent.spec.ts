import { randomUUID } from 'node:crypto';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { leastIdAt } from './recent.js';

const NOW = new Date('2026-03-01T12:00:00Z');
const idAt = (ms: number): string => `${leastIdAt(new Date(ms)).slice(0, 19)}${randomUUID().slice(19)}`;

test('the least id of a moment is a UUIDv7 that lies below every id of that moment and above those of the one before', () => {
  expect(leastIdAt(NOW)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7000-8000-0{12}$/);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 47 }), (ms) => {
      const least = leastIdAt(new Date(ms));
      return least <= idAt(ms) && idAt(ms - 1) < least;
    }),
  );
});
