import { describe, expect, test } from '@jest/globals';
import { CODES, isCode } from './codes/index.js';
import { isRefusal, refuse } from './errors.js';

const KINDS =
  'invalid unauthenticated forbidden not_found conflict too_large rate_limited unavailable deadline internal';

describe('the one error', () => {
  test.each(Object.entries(CODES))('%s has a kind, a title, a cause and a remedy', (code, entry) => {
    expect(code).toMatch(/^[a-z][a-z0-9_]*$/);
    expect(KINDS.split(' ')).toContain(entry.kind);
    for (const text of [entry.title, entry.cause, entry.remedy]) expect(text).toMatch(/^.{3,}\.$/s);
  });

  test('carries the public title as its message, and what is internal beside it', () => {
    const error = refuse('challenge_spent', { retryAfter: 1 }, 'bucket 7');
    expect(error).toMatchObject({ code: 'challenge_spent', details: { retryAfter: 1 }, internal: 'bucket 7' });
    expect([error.message, error.kind]).toEqual([CODES.challenge_spent.title, CODES.challenge_spent.kind]);
    expect([isRefusal(error), isRefusal(new Error('x')), isRefusal({ code: 'internal' })]).toEqual([
      true,
      false,
      false,
    ]);
  });

  test.each(['', 'no_such_code', 'constructor', 'toString', '__proto__', 'hasOwnProperty', 'INTERNAL'])(
    '%j is no code',
    (text) => expect(isCode(text)).toBe(false),
  );
});
