import { describe, expect, test } from '@jest/globals';
import { cpuMs, readStat, residentBytes } from './cpu.js';

describe('figures of a process', () => {
  test('parent and ticks are found behind a name with spaces and parentheses', () => {
    const line = '42 (node (a) b) S 7 42 42 0 -1 4194304 100 200 0 0 11 22 33 44 20 0 11 0 500 1000 200';
    expect(readStat(42, line)).toEqual({ pid: 42, parent: 7, ticks: 110 });
  });

  test('this process has used CPU and holds memory', () => {
    expect(cpuMs(process.pid)).toBeGreaterThan(0);
    expect(residentBytes(process.pid)).toBeGreaterThan(1 << 20);
  });

  test('what does not exist has used nothing', () => expect(cpuMs(2 ** 22 + 1)).toBe(0));
});
