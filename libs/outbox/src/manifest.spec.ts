import { describe, expect, test } from '@jest/globals';
import { uuidv7 } from '@countersign/kernel';
import { firstIdOf, judge, type DueManifest, type Held } from './manifest.js';

const PATIENCE = 120_000;
const due = (more: Partial<DueManifest> = {}): DueManifest => ({
  from: new Date('2026-11-22T10:00:00Z'),
  until: new Date('2026-11-22T10:01:00Z'),
  events: 3,
  digest: new Uint8Array(32),
  resent: 0,
  differsMs: 0,
  laterSent: true,
  ...more,
});
const held = (more: Partial<Held> = {}): Held => ({ equal: false, events: 2, passed: true, ...more });

describe('CARD-6.consumer · what a source makes of audit’s answer', () => {
  test('the same is covered, however long it took', () => {
    expect(judge(due({ differsMs: 1e9, resent: 9 }), held({ equal: true }), PATIENCE)).toEqual({ is: 'covered' });
  });

  test('a difference is a delay until the patience is over', () => {
    expect(judge(due(), held(), PATIENCE)).toEqual({ is: 'late', askInMs: 30_000 });
    expect(judge(due({ differsMs: PATIENCE - 1 }), held(), PATIENCE).is).toBe('late');
    expect(judge(due({ differsMs: PATIENCE }), held(), PATIENCE).is).toBe('missing');
  });

  test('it waits much longer while audit has not read past the minute, unless nothing later was sent', () => {
    const behind = held({ passed: false });
    expect(judge(due({ differsMs: PATIENCE }), behind, PATIENCE)).toEqual({ is: 'late', askInMs: 300_000 });
    expect(judge(due({ differsMs: 30 * PATIENCE }), behind, PATIENCE).is).toBe('missing');
    expect(judge(due({ differsMs: PATIENCE, laterSent: false }), behind, PATIENCE).is).toBe('missing');
  });

  test('after each sending again it waits longer, and six hours at most', () => {
    expect(judge(due({ differsMs: PATIENCE, resent: 1 }), held(), PATIENCE).is).toBe('late');
    expect(judge(due({ differsMs: 5 * PATIENCE, resent: 1 }), held(), PATIENCE).is).toBe('missing');
    expect(judge(due({ differsMs: 6 * 3_600_000, resent: 20 }), held(), PATIENCE).is).toBe('missing');
  });
});

test('the first id of an instant is below every id of it and above every id before', () => {
  const at = Date.now() + 5_000;
  const id = uuidv7(at);
  expect(firstIdOf(at) < id).toBe(true);
  expect(firstIdOf(at + 1) > id).toBe(true);
  expect(firstIdOf(-1)).toBe('00000000-0000-0000-0000-000000000000');
});
