import { describe, expect, test } from '@jest/globals';
import { isRefusal, uuidv7 } from '@countersign/kernel';
import { isSame, readIds, readManifest } from './manifest.js';

const NOW = new Date('2026-11-22T10:30:00.000Z');
const at = (text: string): bigint => BigInt(Date.parse(text));
const said = {
  fromMs: at('2026-11-22T10:28:00Z'),
  untilMs: at('2026-11-22T10:29:00Z'),
  events: 2,
  digest: new Uint8Array(32),
};

function refusedFor(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return isRefusal(error) && [error.code, (error.details as { errors: { path: string }[] }).errors[0]!.path];
  }
  return undefined;
}

describe('CARD-6.consumer · what a source may ask about', () => {
  test('a minute, or up to an hour of them, that is over', () => {
    const hour = { ...said, fromMs: at('2026-11-22T09:30:00Z'), untilMs: at('2026-11-22T10:30:00Z') };
    expect(readManifest(said, NOW)).toMatchObject({ from: new Date('2026-11-22T10:28:00Z'), events: 2 });
    expect(readManifest(hour, NOW).until).toEqual(NOW);
  });

  test.each([
    ['untilMs', { untilMs: said.fromMs }],
    ['untilMs', { untilMs: said.fromMs + 61n * 60_000n }],
    ['untilMs', { untilMs: said.untilMs + 1n }],
    ['untilMs', { fromMs: at('2026-11-22T10:30:00Z'), untilMs: at('2026-11-22T10:31:00Z') }],
    ['fromMs', { fromMs: said.fromMs + 1n }],
    ['fromMs', { fromMs: 0n }],
    ['fromMs', { fromMs: -60_000n }],
    ['untilMs', { untilMs: 1n << 62n }],
    ['digest', { digest: new Uint8Array(31) }],
  ])('refused because of %s: %p', (path, change) => {
    expect(refusedFor(() => readManifest({ ...said, ...change }, NOW))).toEqual(['request_invalid', path]);
  });

  test('5,000 ids at most, each a UUID', () => {
    const ids = Array.from({ length: 5_000 }, () => uuidv7());
    expect(readIds(ids)).toBe(ids);
    for (const wrong of [[], [...ids, uuidv7()], ['x']])
      expect(refusedFor(() => readIds(wrong))).toEqual(['request_invalid', 'ids']);
  });
});

test('CARD-6.consumer · the same are only the same number with the same digest', () => {
  const manifest = readManifest(said, NOW);
  expect(isSame(manifest, { events: 2, digest: Buffer.alloc(32) })).toBe(true);
  expect(isSame(manifest, { events: 3, digest: Buffer.alloc(32) })).toBe(false);
  expect(isSame(manifest, { events: 2, digest: Buffer.alloc(32, 1) })).toBe(false);
});
