import { describe, expect, test } from '@jest/globals';
import { statesOf } from './held-states.js';
import type { HeldKey } from './key-engine.js';

const HOUR = 3_600_000;
const key = (version: number, changes: Partial<HeldKey> = {}): HeldKey => ({
  name: 'caller',
  version,
  use: 'sign',
  createdAt: new Date(version * HOUR),
  ref: `ref ${version}`,
  ...changes,
});
const used = (version: number, changes: Partial<HeldKey> = {}): HeldKey =>
  key(version, { activatedAt: new Date(version * HOUR), ...changes });
const states = (...keys: HeldKey[]): string[] => statesOf('test', keys).map(({ info }) => info.state);

describe('states of keys that no store keeps', () => {
  test('BCB-9.keys · the last one put into use is active, those before it retiring since then', () => {
    expect(states(used(1), used(2), key(3))).toEqual(['retiring', 'active', 'next']);
    const [first] = statesOf('test', [used(1), used(2)]);
    expect(first?.info).toMatchObject({ id: 'test:caller/1', retiredAt: new Date(2 * HOUR) });
  });

  test('BCB-9.keys · when the active one is disabled, nothing falls back to the one before it', () => {
    expect(states(used(1), used(2, { halt: 'disabled' }))).toEqual(['retiring', 'disabled']);
    expect(states(used(1), used(2, { halt: 'deletion' }), key(3))).toEqual(['retiring', 'disabled', 'next']);
  });

  test('BCB-9.keys · of a version made twice everyone takes the one that was made first', () => {
    const late = used(1, { ref: 'a', createdAt: new Date(2 * HOUR) });
    const early = used(1, { ref: 'b' });
    for (const order of [
      [late, early],
      [early, late],
    ])
      expect(statesOf('test', order).map(({ held }) => held.ref)).toEqual(['b']);
    const twin = used(1, { ref: 'a' });
    expect(statesOf('test', [early, twin]).map(({ held }) => held.ref)).toEqual(['a']);
  });
});
