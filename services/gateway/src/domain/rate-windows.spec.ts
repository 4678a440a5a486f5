import { describe, expect, test } from '@jest/globals';
import { RateWindows, type Limit } from './rate-windows.js';

const limit: Limit = { key: 'address 203.0.113.7', most: 3, seconds: 60 };
const at = (seconds: number): number => 1_795_334_700_000 + seconds * 1000;

describe('fixed windows', () => {
  test('admit so many in a window and say how long the rest waits', () => {
    const windows = new RateWindows();
    expect([0, 1, 2].map((second) => windows.take(limit, at(second)))).toEqual([0, 0, 0]);
    expect(windows.take(limit, at(10))).toBe(50);
    expect(windows.take(limit, at(59.9))).toBe(1);
    expect(windows.take(limit, at(60))).toBe(0);
  });

  test('looking counts nothing, and other keys are others', () => {
    const windows = new RateWindows();
    for (let i = 0; i < 10; i += 1) expect(windows.wait(limit, at(0))).toBe(0);
    for (let i = 0; i < 3; i += 1) windows.take(limit, at(0));
    expect(windows.wait(limit, at(0))).toBe(60);
    expect(windows.take({ ...limit, key: 'address 203.0.113.8' }, at(0))).toBe(0);
  });

  test('R9 · one count is compared with whichever limit applies: naming a laxer tenant starts no new count', () => {
    const windows = new RateWindows();
    for (let i = 0; i < 5; i += 1) windows.take({ ...limit, most: 5 }, at(0));
    expect(windows.take(limit, at(0))).toBe(60);
  });

  test('replicas share: what others counted is added, what was counted meanwhile is kept', () => {
    const windows = new RateWindows();
    windows.take(limit, at(0));
    const [told] = windows.takeUncounted(at(0));
    expect(told).toMatchObject({ key: limit.key, count: 1, seconds: 60 });
    windows.take(limit, at(1));
    windows.learn(limit.key, told!.window, 2);
    expect(windows.take(limit, at(1))).toBeGreaterThan(0);
    expect(windows.takeUncounted(at(2))).toMatchObject([{ count: 1 }]);
    expect(windows.takeUncounted(at(3))).toEqual([]);
  });

  test('what others counted in a window that is over changes nothing', () => {
    const windows = new RateWindows();
    windows.take(limit, at(0));
    const [told] = windows.takeUncounted(at(0));
    windows.take(limit, at(61));
    windows.learn(limit.key, told!.window, 1_000);
    expect(windows.take(limit, at(61))).toBe(0);
  });

  test('windows that are over are forgotten', () => {
    const windows = new RateWindows();
    windows.take(limit, at(0));
    expect(windows.takeUncounted(at(61))).toEqual([]);
    expect(windows.wait(limit, at(61))).toBe(0);
  });
});
