import { describe, expect, test } from '@jest/globals';
import { LastActive, spacingOf } from './last-active.js';

const START = Date.parse('2026-03-01T12:00:00Z');
const at = (seconds: number): Date => new Date(START + seconds * 1000);
const MINUTE = 60_000;

describe('the times at which sessions were last used', () => {
  test('are handed over once a minute and session, the latest of them', () => {
    const active = new LastActive();
    active.touch('t', 's', at(0), MINUTE);
    expect(active.take(at(2))).toEqual(new Map([['t', [{ session: 's', at: at(0) }]]]));
    active.touch('t', 's', at(10), MINUTE);
    active.touch('t', 's', at(59), MINUTE);
    expect(active.take(at(60))).toEqual(new Map());
    expect(active.take(at(62))).toEqual(new Map([['t', [{ session: 's', at: at(59) }]]]));
    expect(active.take(at(200))).toEqual(new Map());
  });

  test('are all handed over when the process ends', () => {
    const active = new LastActive();
    active.touch('t', 's', at(0), MINUTE);
    active.take(at(1));
    active.touch('t', 's', at(5), MINUTE);
    active.touch('u', 'v', at(5), MINUTE);
    expect([...active.take(at(6), true).keys()]).toEqual(['t', 'u']);
  });

  test('that could not be written come again', () => {
    const active = new LastActive();
    active.touch('t', 's', at(0), MINUTE);
    const taken = active.take(at(1)).get('t')!;
    active.restore('t', taken);
    expect(active.take(at(70)).get('t')).toEqual(taken);
  });

  test('never move back', () => {
    const active = new LastActive();
    active.touch('t', 's', at(9), MINUTE);
    active.touch('t', 's', at(3), MINUTE);
    expect(active.take(at(10)).get('t')).toEqual([{ session: 's', at: at(9) }]);
  });

  test('are written often enough that nobody in use counts as idle', () => {
    expect(spacingOf(300)).toBe(60_000);
    expect(spacingOf(86_400)).toBe(60_000);
    expect(spacingOf(60)).toBe(12_000);
  });
});
