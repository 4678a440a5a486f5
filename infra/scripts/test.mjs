// `npm test` and its siblings: installs what is missing, builds, runs the suites of a level under Node 24.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runChecks } from './lib/checks.mjs';
import { flags } from './lib/flags.mjs';
import { runJest } from './lib/jest-suite.mjs';
import { counts, failures, print, seconds, total } from './lib/report.mjs';
import { isReusable, load, save, summarize } from './lib/results.mjs';
import { treeState } from './lib/tree.mjs';
import { ensureBuilt, ensureInstalled, fail, root } from './lib/workspace.mjs';
import { provisionParts } from './provision/parts.mjs';
import { LEVELS, suites, turns } from './suites.mjs';

const COMMANDS = {
  default: 'npm test --',
  all: 'npm run test:all --',
  soak: 'npm run test:soak --',
  vectors: 'npm run test:vectors --',
};
const VECTORS = join(root, '../shared/vectors');

const level = process.argv[2] ?? '';
if (!Object.hasOwn(COMMANDS, level))
  fail(`infra/scripts/test.mjs: which level? ${Object.keys(COMMANDS).join(', ')}`, 2);
process.argv.splice(2, 1);

const mine = suites.filter((suite) => LEVELS[level].includes(suite.level));
const names = mine.map(({ name }) => name);
const summary = `Runs:\n${mine.map(({ name, about }) => `  ${name.padEnd(15)} ${about}`).join('\n')}`;
const values = flags(COMMANDS[level], summary, {
  suite: {
    type: 'string',
    check: (name) => (names.includes(name) ? undefined : `no suite ${name} here; there are ${names.join(', ')}`),
    help: 'runs this suite only, also when it passed at this commit',
  },
});

/** A suite that must not be skipped fails in CI and warns elsewhere, where someone may be halfway through something. */
const inCi = Boolean(process.env.CI) && process.env.CI !== 'false';
const mustBeWhole = level === 'default' || level === 'all';

async function runSuite(suite) {
  const tree = treeState();
  const known = load(suite.name);
  if (level === 'all' && !values.suite && isReusable(known, tree)) {
    print(`${suite.name}: ${counts(known)}, already at this commit`);
    return known;
  }
  print(`${suite.name}: ${suite.about} …`);
  const begun = Date.now();
  const tests = await testsOf(suite);
  const result = summarize(suite.name, stillThat(tree), Date.now() - begun, tests);
  save(result);
  print(`${suite.name}: ${counts(result)} (${seconds(result.ms)})`);
  return result;
}

async function runInOrder(lane) {
  const results = [];
  for (const suite of lane) results.push(await runSuite(suite));
  return results;
}

/** When files changed while a suite ran, its result speaks of neither state. */
const stillThat = (tree) => (treeState().tree === tree.tree ? tree : { ...tree, clean: false, tree: 'changed' });

async function testsOf(suite) {
  try {
    if (!suite.match) return await runChecks();
    return await runJest(suite, { ...process.env, ...(await provisionParts(suite.needs ?? [])) });
  } catch (error) {
    print(error.message);
    return [{ name: `${suite.name} runs`, status: 'failed', message: error.message }];
  }
}

/** What is wrong with results that failed nothing: tests skipped, suites without tests. */
const gaps = (results) =>
  results.flatMap(({ suite, passed, failed, skipped }) => [
    ...(skipped > 0 ? [`${suite}: ${skipped} skipped`] : []),
    ...(passed + failed === 0 ? [`${suite}: no tests`] : []),
  ]);

async function main() {
  if (level === 'vectors' && !existsSync(VECTORS)) {
    print('The vectors did not run: there is no folder ../shared/vectors beside this clone.');
    print('0 passed, 0 failed');
    return 0;
  }
  const begun = Date.now();
  await ensureInstalled();
  await ensureBuilt();
  const results = [];
  const chosen = mine.filter(({ name }) => !values.suite || name === values.suite);
  for (const lanes of turns(chosen)) results.push(...(await Promise.all(lanes.map(runInOrder))).flat());
  const missing = gaps(results);
  if (mustBeWhole) for (const gap of missing) print(`${inCi ? 'Refused' : 'Warning'}: ${gap}`);
  const sum = total(results);
  failures(results).forEach(print);
  print(`${seconds(Date.now() - begun)} in all`);
  print(counts(sum));
  return sum.failed > 0 || (inCi && mustBeWhole && missing.length > 0) ? 1 : 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  fail(`${COMMANDS[level]}: ${error.message}`);
}
