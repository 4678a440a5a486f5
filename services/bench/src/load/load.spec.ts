import { describe, expect, test } from '@jest/globals';
import { cookieHeader } from './client.js';
import { closedLoad, openLoad, percentile } from './load.js';

describe('the load', () => {
  test('closed: customers take turns, a failure and a throw count as errors', async () => {
    const asked: number[] = [];
    const result = await closedLoad(
      async (n) => {
        asked.push(n);
        await new Promise((resolve) => setTimeout(resolve, 1));
        if (n === 1) throw new Error('refused');
        return n !== 2;
      },
      2,
      // Long enough for three turns on a machine that is busy with something else.
      0.5,
    );
    expect(asked).toEqual([...asked.keys()]);
    expect(result.errors).toBe(2);
    expect(result.signIns).toBe(asked.length - 2);
    expect(result.latencies).toHaveLength(result.signIns);
  });

  test('open: as many start as were planned', async () => {
    const result = await openLoad((n) => Promise.resolve(n !== 0), 500, 0.02);
    expect({ signIns: result.signIns, errors: result.errors }).toEqual({ signIns: 9, errors: 1 });
  });

  test('percentiles of sorted latencies', () => {
    const sorted = Array.from({ length: 100 }, (_, n) => n + 1);
    expect([50, 95, 99].map((p) => percentile(sorted, p))).toEqual([51, 96, 100]);
    expect(percentile([], 50)).toBeNaN();
  });
});

test('cookies go back without their attributes', () => {
  expect(cookieHeader(['a=1; Max-Age=300; HttpOnly', 'b=2%3D; Path=/'])).toBe('a=1; b=2%3D');
});
