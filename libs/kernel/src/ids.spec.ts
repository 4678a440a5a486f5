import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isUuid, randomSecret, uuidv7 } from './ids.js';

const millisecondOf = (id: string): number => parseInt(id.replaceAll('-', '').slice(0, 12), 16);

describe('uuidv7', () => {
  test('is a UUID of version 7 and variant 10 that begins with the millisecond (RFC 9562 §5.7)', () => {
    const before = Date.now();
    const id = uuidv7();
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(isUuid(id)).toBe(true);
    expect(millisecondOf(id)).toBeGreaterThanOrEqual(before);
  });

  test('never goes back, whatever the clock does', () => {
    const clock = fc.array(fc.integer({ min: 0, max: 2 ** 45 }), { minLength: 2, maxLength: 50 });
    fc.assert(
      fc.property(clock, (readings) => {
        const ids = readings.map((now) => uuidv7(now));
        expect(ids).toEqual([...ids].sort());
        expect(new Set(ids).size).toBe(ids.length);
      }),
    );
  });

  test('runs on into the next millisecond when one is used up', () => {
    const start = 2 ** 46;
    const ids = Array.from({ length: 10_000 }, () => uuidv7(start));
    expect(ids).toEqual([...ids].sort());
    expect(new Set(ids).size).toBe(ids.length);
    expect(millisecondOf(ids[0]!)).toBe(start);
    expect(millisecondOf(ids.at(-1)!)).toBeGreaterThan(start);
  });
});

describe('isUuid', () => {
  test.each([
    '',
    '01890a5d-ac96-774b-bcce-b302099a805',
    '01890A5D-AC96-774B-BCCE-B302099A8057',
    '01890a5dac96774bbcceb302099a8057',
    '01890a5d-ac96-774b-7cce-b302099a8057',
    '01890a5d-ac96-974b-bcce-b302099a8057',
    ' 01890a5d-ac96-774b-bcce-b302099a8057',
    '01890a5d-ac96-774b-bcce-b302099a8057\n',
  ])('refuses %j', (text) => expect(isUuid(text)).toBe(false));
});

describe('randomSecret', () => {
  test('is 256 bits of base64url and never the same', () => {
    expect(randomSecret()).toMatch(/^[\w-]{43}$/);
    expect(randomSecret()).not.toBe(randomSecret());
    expect(randomSecret(16)).toMatch(/^[\w-]{22}$/);
  });
});
