// `npm run test:mutation`: changes the check lists one expression at a time and asks whether a test notices.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { groupOf, groups, sourcesOf } from '../mutation/groups.mjs';
import { flags } from './lib/flags.mjs';
import { ensureInstalled, fail, node24, root, withNode24 } from './lib/workspace.mjs';

process.chdir(root);
const names = groups.map(({ name }) => name);
const holding = (path) => groups.find((group) => sourcesOf(group).includes(path));

const values = flags(
  'npm run test:mutation --',
  'Mutation score of the check lists (docs/protocols/differential.md).',
  {
    group: {
      type: 'string',
      check: (name) => (groupOf(name) ? undefined : `not one of: ${names.join(', ')}`),
      help: `mutates one group only: ${names.join(', ')}`,
    },
    file: {
      type: 'string',
      check: (path) => (holding(path) ? undefined : `no source file of a group: ${path}`),
      help: 'mutates this file only',
    },
  },
);

/** Resolves with Stryker's exit code: 0 when the group reaches the score. */
function mutate({ name }) {
  const stryker = join(root, 'node_modules/@stryker-mutator/core/bin/stryker.js');
  const env = { ...process.env, MUTATION_GROUP: name, ...(values.file && { MUTATION_FILE: values.file }) };
  const child = spawn(node24, [stryker, 'run', join(root, 'infra/mutation/stryker.config.mjs')], {
    stdio: 'inherit',
    env: withNode24(env),
  });
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => child.kill(signal));
  return new Promise((done, refuse) => child.once('error', refuse).once('close', (code) => done(code ?? 1)));
}

async function main() {
  await ensureInstalled();
  const chosen = values.file ? [holding(values.file)] : values.group ? [groupOf(values.group)] : groups;
  const low = [];
  for (const group of chosen) if ((await mutate(group)) !== 0) low.push(group.name);
  if (low.length > 0) fail(`npm run test:mutation: not reached by ${low.join(', ')}`);
}

main().catch((error) => fail(`npm run test:mutation: ${error.message}`));
