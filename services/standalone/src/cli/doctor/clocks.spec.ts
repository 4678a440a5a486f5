import { expect, test } from '@jest/globals';
import { clocks } from './clocks.js';

/** What is found where the database says `database` between two looks at our clock, all in milliseconds. */
async function found({ before, database, after }: Record<'before' | 'database' | 'after', number>) {
  const looks = [before, after];
  const client = { query: async <T extends object>() => ({ rows: [{ ms: database }] as unknown as T[] }) };
  const { ok, detail } = await clocks(client, () => looks.shift()!);
  return [ok, detail];
}

test('clocks that are a second apart at most are in order, others are told with their difference', async () => {
  expect(await found({ before: 0, database: 1_005, after: 10 })).toEqual([true, '1000 ms apart']);
  expect(await found({ before: 0, database: 1_011, after: 10 })).toEqual([false, 'differ by 1006 ms: set both by NTP']);
  expect(await found({ before: 0, database: -5_000, after: 10 })).toEqual([
    false,
    'differ by -5005 ms: set both by NTP',
  ]);
});

test('an answer that was long under way is no difference of clocks', async () => {
  expect(await found({ before: 0, database: 2_999, after: 3_000 })).toEqual([true, '1499 ms apart']);
  expect(await found({ before: 0, database: 1, after: 3_000 })).toEqual([true, '-1499 ms apart']);
  expect((await found({ before: 0, database: 4_001, after: 3_000 }))[0]).toBe(false);
});
