// `npm run requirements`: rows and clauses with the tests that prove them, from the newest results of exactly these files.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { flags } from './lib/flags.mjs';
import { faults, prove, readRows, table, waitingForCluster } from './lib/ledger.mjs';
import { loadAll } from './lib/results.mjs';
import { treeState } from './lib/tree.mjs';
import { ensureInstalled, fail, root, say } from './lib/workspace.mjs';
import { suites } from './suites.mjs';

const values = flags(
  'npm run requirements --',
  'Prints each requirement with the tests of this commit that prove it.',
  {
    json: { type: 'boolean', help: 'prints one JSON document of the rows and nothing else on standard output' },
  },
);

/** A result speaks of the commit it ran on, and only while no file differs from what it saw. */
function resultsOfTheseFiles() {
  const { commit, tree } = treeState();
  const all = loadAll();
  const mine = all.filter((result) => result.commit === commit && result.tree === tree);
  const others = all.filter((result) => !mine.includes(result)).map(({ suite }) => suite);
  if (others.length > 0) say(`Not counted, because they ran on other files: ${others.join(', ')}`);
  if (mine.length === 0) say('No suite has run on these files yet: run npm test, then npm run test:all');
  return mine;
}

const platform = new Set(suites.filter((suite) => suite.platform).map(({ name }) => name));

try {
  await ensureInstalled();
  const { parse } = await import('yaml');
  const ledger = readRows(parse(readFileSync(join(root, 'docs/requirements.yaml'), 'utf8')));
  const results = resultsOfTheseFiles();
  const { rows, unknown } = prove(ledger, results, platform);
  process.stdout.write(values.json ? `${JSON.stringify({ rows })}\n` : `${table(rows).join('\n')}\n`);
  const waiting = results.some(({ suite }) => suite === 'cluster') ? [] : waitingForCluster(ledger, rows);
  if (waiting.length > 0)
    say(
      `Not proven here: ${waiting.join(', ')}. Only npm run test:cluster proves them, and it has not run on these files.`,
    );
  const wrong = [...faults(rows, waiting), ...unknown.map((name) => `not in docs/requirements.yaml: ${name}`)];
  for (const fault of wrong) say(fault);
  process.exitCode = wrong.length > 0 ? 1 : 0;
} catch (error) {
  fail(`npm run requirements: ${error.message}`);
}
