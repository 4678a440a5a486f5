// `npm run test:mutation`: changes the check lists of libs/webauthn one expression at a time and asks whether a test notices.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { flags } from './lib/flags.mjs';
import { become, ensureInstalled, fail, root } from './lib/workspace.mjs';

const LIBRARY = 'libs/webauthn/src';
const FOLDERS = ['checks', 'registration', 'authentication', 'attestation', 'crypto', 'parse'];
const isSource = (path) => path.startsWith(`${LIBRARY}/`) && path.endsWith('.ts') && existsSync(join(root, path));

const values = flags(
  'npm run test:mutation --',
  'Mutation score of the check lists (docs/protocols/differential.md).',
  {
    folder: {
      type: 'string',
      check: (name) => (FOLDERS.includes(name) ? undefined : `not one of: ${FOLDERS.join(', ')}`),
      help: `mutates this folder of ${LIBRARY} only`,
    },
    file: {
      type: 'string',
      check: (path) => (isSource(path) ? undefined : `no source file below ${LIBRARY}: ${path}`),
      help: 'mutates this file only',
    },
  },
);

const chosen = values.file ?? `${LIBRARY}/${values.folder ?? `{${FOLDERS.join(',')}}`}/**/*.ts`;
try {
  await ensureInstalled();
} catch (error) {
  fail(`npm run test:mutation: ${error.message}`);
}
become([
  join(root, 'node_modules/@stryker-mutator/core/bin/stryker.js'),
  'run',
  join(root, 'infra/mutation/stryker.config.mjs'),
  '--mutate',
  `${chosen},!${LIBRARY}/**/*.spec.ts`,
]);
