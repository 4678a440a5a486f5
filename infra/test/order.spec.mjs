import { expect, test } from '@jest/globals';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import LongestFirst from '../scripts/lib/jest-order.cjs';
import { root } from '../scripts/lib/workspace.mjs';

const named = (path) => ({ path: join(root, path), context: { config: { rootDir: root } } });
const pathsOf = (tests) => tests.map(({ path }) => path.slice(root.length + 1));

test('every file known to take long is there', () => {
  expect(LongestFirst.LONG.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  expect(new Set(LongestFirst.LONG).size).toBe(LongestFirst.LONG.length);
});

test('what takes long begins first, then the largest; no file is lost', () => {
  const [first, second] = LongestFirst.LONG;
  const [small, large] = ['infra/test/lint-texts.mjs', 'package-lock.json'];
  const sorted = new LongestFirst().sort([small, second, large, first].map(named));
  expect(pathsOf(sorted)).toEqual([first, second, large, small]);
});

test('shards share all files out, each once', () => {
  const tests = LongestFirst.LONG.map(named);
  const shards = [1, 2, 3].map((shardIndex) => new LongestFirst().shard(tests, { shardIndex, shardCount: 3 }));
  expect(pathsOf(shards.flat()).sort()).toEqual([...LongestFirst.LONG].sort());
});
