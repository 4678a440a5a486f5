import { describe, expect, test } from '@jest/globals';
import { clause, pass, reject, runChecks, type Check } from './check.js';

const asked: string[] = [];
const noting = (name: string, verdict: ReturnType<Check<number>>): Check<number> =>
  clause(name, () => {
    asked.push(name);
    return verdict;
  });
const run = (...checks: Check<number>[]) => {
  asked.length = 0;
  return runChecks(checks, 1);
};

describe('runChecks', () => {
  test('asks in the order of the list, and all of them when none refuses', () => {
    expect(run(noting('a', pass), noting('b', pass), noting('c', pass))).toEqual({ ok: true });
    expect(asked).toEqual(['a', 'b', 'c']);
  });

  test('the first refusal is the verdict, names its clause, and nothing after it is asked', () => {
    const refusal = reject('challenge_spent', { age: 3 });
    expect(run(noting('a', pass), noting('b', refusal), noting('c', reject('conflict')))).toEqual({
      ok: false,
      code: 'challenge_spent',
      facts: { age: 3 },
      clause: 'b',
    });
    expect(asked).toEqual(['a', 'b']);
  });

  test('hands the input to each check', () => {
    const even = clause<number>('even', (input) => (input % 2 === 0 ? pass : reject('conflict', { input })));
    expect(runChecks([even], 4)).toEqual(pass);
    expect(runChecks([even], 5)).toMatchObject({ ok: false, facts: { input: 5 } });
  });
});
