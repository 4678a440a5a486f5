import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readReport } from '../scripts/lib/jest-suite.mjs';
import { counts, failures, total } from '../scripts/lib/report.mjs';
import { isReusable, load, loadAll, save, summarize } from '../scripts/lib/results.mjs';
import { treeState } from '../scripts/lib/tree.mjs';
import { LEVELS, suites, turns } from '../scripts/suites.mjs';

describe('which files a result speaks of', () => {
  let folder;
  const git = (...args) =>
    execFileSync('git', ['-c', 'user.name=test', '-c', 'user.email=test@example.test', ...args], { cwd: folder });

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'countersign-tree-'));
    git('init', '-q');
    writeFileSync(join(folder, 'a'), '1');
    writeFileSync(join(folder, '.gitignore'), 'ignored\n');
    git('add', '.');
    git('commit', '-q', '-m', 'first');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test('a clean tree is its commit', () => {
    const { commit, clean, tree } = treeState(folder);
    expect({ clean, tree }).toEqual({ clean: true, tree: commit });
    expect(commit).toMatch(/^[0-9a-f]{40}$/);
  });

  test('a changed file, a new one and what stands in it are other trees; an ignored one is not', () => {
    const write = (name, text) => (writeFileSync(join(folder, name), text), treeState(folder));
    const trees = [treeState(folder), write('a', '2'), write('b', '1'), write('b', '2')];
    expect(new Set(trees.map(({ tree }) => tree)).size).toBe(4);
    expect(trees.map(({ clean }) => clean)).toEqual([true, false, false, false]);
    expect(write('ignored', '1')).toEqual(trees[3]);
  });

  test('the same edits are the same tree again', () => {
    writeFileSync(join(folder, 'a'), '2');
    const edited = treeState(folder);
    writeFileSync(join(folder, 'a'), '1');
    expect(treeState(folder).clean).toBe(true);
    writeFileSync(join(folder, 'a'), '2');
    expect(treeState(folder)).toEqual(edited);
  });

  test('without Git nothing is ever clean', () => {
    rmSync(join(folder, '.git'), { recursive: true });
    expect(treeState(folder)).toEqual({ commit: 'unversioned', clean: false, tree: 'unversioned' });
  });
});

describe('results', () => {
  const TREE = { commit: 'c1', clean: true, tree: 'c1' };
  const one = (status) => ({ name: 'x', status });
  const passed = summarize('unit', TREE, 10, [one('passed'), one('passed')]);

  test('are read as they were written', () => {
    const folder = mkdtempSync(join(tmpdir(), 'countersign-results-'));
    expect(loadAll(join(folder, 'none'))).toEqual([]);
    save(passed, folder);
    expect(load('unit', folder)).toEqual(passed);
    expect(load('other', folder)).toBeUndefined();
    expect(loadAll(folder)).toEqual([passed]);
    rmSync(folder, { recursive: true });
  });

  test('a suite that passed at this commit is not run again', () => {
    expect(isReusable(passed, TREE)).toBe(true);
  });

  test.each([
    ['there is no result', undefined, TREE],
    ['it is of another commit', { ...passed, commit: 'c0' }, TREE],
    ['it ran on edited files', { ...passed, clean: false }, TREE],
    ['files are edited now', passed, { ...TREE, clean: false }],
    ['something failed', summarize('unit', TREE, 1, [one('passed'), one('failed')]), TREE],
    ['something was skipped', summarize('unit', TREE, 1, [one('passed'), one('skipped')]), TREE],
    ['it was empty', summarize('unit', TREE, 1, []), TREE],
  ])('it is run again when %s', (_, result, tree) => {
    expect(isReusable(result, tree)).toBe(false);
  });

  test('the last line counts what passed and failed, and skipped where there is any', () => {
    const failed = summarize('e2e', TREE, 1, [one('failed'), one('skipped')]);
    expect(counts(total([passed, failed]))).toBe('2 passed, 1 failed, 1 skipped');
    expect(counts(total([passed]))).toBe('2 passed, 0 failed');
  });

  test('what failed is said again at the end: suite, file, test and the first lines of why', () => {
    const message = Array.from({ length: 40 }, (_, n) => `line ${n}`).join('\n');
    const failed = { name: 'R1 · holds', file: 'a.spec.ts', status: 'failed', message };
    const lines = failures([passed, summarize('e2e', TREE, 1, [one('passed'), failed])]);
    expect(lines.slice(0, 2)).toEqual(['What failed:', '  e2e · a.spec.ts · R1 · holds']);
    expect(lines[2]).toMatch(/^ {4}line 0\n.*\n {4}line 11$/s);
    expect(lines).toHaveLength(3);
    expect(failures([passed])).toEqual([]);
  });

  test('a file that does not load is a failed test, and an unfinished one is skipped', () => {
    const file = (name, status, assertionResults) => ({
      name: join(process.cwd(), name),
      status,
      message: 'boom',
      assertionResults,
    });
    const assertion = (status) => ({
      fullName: 'a b',
      title: 'b',
      status,
      failureMessages: status === 'failed' ? ['why'] : [],
    });
    const tests = readReport({
      testResults: [
        file('one.spec.ts', 'failed', []),
        file('two.spec.ts', 'failed', [assertion('failed'), assertion('todo'), assertion('pending')]),
      ],
    });
    expect(tests).toEqual([
      { name: 'one.spec.ts runs', file: 'one.spec.ts', status: 'failed', message: 'boom' },
      { name: 'a b', title: 'b', file: 'two.spec.ts', status: 'failed', message: 'why' },
      { name: 'a b', title: 'b', file: 'two.spec.ts', status: 'skipped' },
      { name: 'a b', title: 'b', file: 'two.spec.ts', status: 'skipped' },
    ]);
  });
});

describe('suites', () => {
  test('have names of their own and a level that a command runs', () => {
    expect(new Set(suites.map(({ name }) => name)).size).toBe(suites.length);
    for (const { level } of suites) expect(Object.values(LEVELS).flat()).toContain(level);
  });

  test('test:all is a superset of test', () => {
    expect(LEVELS.all).toEqual(expect.arrayContaining(LEVELS.default));
  });
});

describe('turns', () => {
  const named = (all) => all.map((lanes) => lanes.map((lane) => lane.map(({ name }) => name)));
  const suitesOf = (...given) => given.map(([name, lane, level = 'default']) => ({ name, lane, level }));

  test('suites of several lanes run at the same time, each lane in its order; the others alone, after them', () => {
    const chosen = suitesOf(['a', 1], ['b', 2], ['c'], ['d', 1], ['e']);
    expect(named(turns(chosen))).toEqual([[['a', 'd'], ['b']], [['c']], [['e']]]);
    expect(named(turns(suitesOf(['b', 2])))).toEqual([[['b']]]);
    expect(named(turns(suitesOf(['c'])))).toEqual([[['c']]]);
  });

  test('one level ends before the next begins', () => {
    const chosen = suitesOf(['a', 1], ['b'], ['c', 1, 'all'], ['d', 2, 'all'], ['e', undefined, 'all']);
    expect(named(turns(chosen))).toEqual([[['a']], [['b']], [['c'], ['d']], [['e']]]);
  });

  test('no suite is lost or run twice, and what meets the platform at full load shares the machine with nobody', () => {
    expect(named(turns(suites)).flat(2).sort()).toEqual(suites.map(({ name }) => name).sort());
    const alone = suites.filter(({ level, lane }) => level === 'all' && lane === undefined).map(({ name }) => name);
    expect(alone).toEqual(['browser', 'races', 'crash']);
  });
});
