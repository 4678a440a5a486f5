import { globSync, readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { describe, expect, test } from '@jest/globals';

const root = new URL('../..', import.meta.url).pathname;
/** Nothing was released before this: from here on a version and the one before it meet in one database. */
const FIRST_RELEASE = '20261122000600';

const migrations = globSync('{services/*/prisma,libs/*}/migrations/*/migration.sql', { cwd: root })
  .filter((path) => !path.includes('node_modules'))
  .map((path) => ({ path, name: basename(dirname(path)), sql: readFileSync(`${root}/${path}`, 'utf8') }));

/** What a version that is still running, or is rolled back to, would miss. */
const CONTRACTING =
  /\b(drop\s+(table|column|function|view|type|policy|constraint|index|trigger)|rename|set\s+not\s+null|alter\s+column\s+\w+\s+(set\s+data\s+)?type)\b/i;
/** Why that is none of its business, or which earlier version stopped using it. */
const REASON = /^-- Contracts: \S.{20,}/m;

/** Faults of one script, by the rules of docs/operators/upgrading.md. */
export function faultsOf({ name, sql }) {
  const code = sql.replace(/--.*$/gm, '').replace(/\$\$[\s\S]*?\$\$/g, '');
  return [
    ...(/\b(commit|rollback)\s*;|^\s*begin\s*;/im.test(code) ? ['controls the transaction it runs in'] : []),
    ...(/\bconcurrently\b|\bvacuum\b/i.test(code) ? ['cannot run in a transaction'] : []),
    ...(name >= FIRST_RELEASE && CONTRACTING.test(code) && !REASON.test(sql)
      ? ['takes away what an older version uses, and has no line `-- Contracts: …`']
      : []),
  ];
}

describe('CARD-5.helm · migrations', () => {
  test('there are some', () => expect(migrations.length).toBeGreaterThan(50));

  test.each(migrations.map((each) => [each.path, each]))(
    '%s is one transaction and leaves the version before it at work',
    (_, each) => {
      expect(faultsOf(each)).toEqual([]);
    },
  );

  test.each([
    ['alter table a drop column b', 1],
    ['create index concurrently on a (b)', 1],
    ['update a set b = 1; commit; drop table c', 2],
    ['create function f() returns void language plpgsql as $$ begin delete from a; end $$', 0],
    ['-- drop table a\nalter table a add column b text', 0],
    ['-- Contracts: nothing reads it since version 1.4\nalter table a drop column b', 0],
    ['-- Contracts:\nalter table a drop column b', 1],
  ])('the rules see what is against them: %s', (sql, faults) => {
    expect(faultsOf({ name: '20991231000000_example', sql })).toHaveLength(faults);
  });
});
