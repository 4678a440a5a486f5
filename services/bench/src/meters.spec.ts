import { describe, expect, test } from '@jest/globals';
import { ALL_WAITED_FOR } from './candidate.js';
import { perSignIn, type Reading } from './meters.js';
import { divisionOfOurs } from './ours/statements.js';

const reading = (over: Partial<Reading>): Reading => ({
  serverMs: 0,
  databaseMs: 0,
  writes: 0n,
  walBytes: 0n,
  statements: {},
  ...over,
});

describe('what one sign-in costs', () => {
  test('is the difference of two readings by the sign-ins between them', () => {
    const before = reading({ serverMs: 1_000, databaseMs: 500, writes: 40n, walBytes: 1_000n });
    const after = reading({ serverMs: 1_300, databaseMs: 620, writes: 240n, walBytes: 601_000n });
    expect(perSignIn(before, after, 100, ALL_WAITED_FOR)).toMatchObject({
      serverMs: 3,
      databaseMs: 1.2,
      commits: 2,
      walBytes: 6_000,
    });
  });

  test('of ours, what no request waits for is told apart', () => {
    const before = reading({ statements: { spend: 5, bus_publish: 1 } });
    const statements = {
      spend: 15,
      session_establish: 10,
      find_credentials: 20,
      bus_publish: 3,
      bus_read: 9,
      begin: 2,
    };
    const cost = perSignIn(before, reading({ writes: 22n, statements }), 10, divisionOfOurs);
    expect(cost).toMatchObject({ statements: 4, commits: 2, backgroundCommits: 0.2 });
    expect(cost.statementsByName).toMatchObject({ spend: 1, bus_publish: 0.2, bus_read: 0.9 });
  });

  test('of a peer, begin and commit are waited for like everything else', () => {
    const statements = { select: 30, begin: 10, commit: 10 };
    const cost = perSignIn(reading({}), reading({ writes: 40n, statements }), 10, ALL_WAITED_FOR);
    expect(cost).toMatchObject({ statements: 5, commits: 4, backgroundCommits: 0 });
  });
});
