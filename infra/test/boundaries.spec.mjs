import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';

const ROOT = process.cwd();
const LAYERS = '@nx/enforce-module-boundaries';
const IMPORTS = 'no-restricted-imports';

/** Existing files, each with a line added that must be refused by the rule named. */
const FORBIDDEN = {
  'a service imports a service': ['services/session/src/service.ts', `import '@countersign/challenge';`, LAYERS],
  'the kernel imports the platform': ['libs/kernel/src/index.ts', `import '@countersign/platform';`, LAYERS],
  'a contract imports an adapter': ['libs/policy/src/index.ts', `import '@countersign/database';`, LAYERS],
  'a library imports the one process of all services': [
    'libs/database/src/index.ts',
    `import '@countersign/standalone';`,
    LAYERS,
  ],
  'an SDK imports the kernel': ['libs/sdk-node/src/index.ts', `import '@countersign/kernel';`, LAYERS],
  'the demo bank imports a service': ['services/demo-bank/src/bank.ts', `import '@countersign/session';`, LAYERS],
  'a service reaches into a library past its door': [
    'services/challenge/src/service.ts',
    `import '../../../libs/kernel/src/ids.js';`,
    LAYERS,
  ],
  'a domain imports the platform': [
    'services/challenge/src/domain/seal.ts',
    `import '@countersign/platform';`,
    IMPORTS,
  ],
  'a domain imports a framework': ['services/challenge/src/domain/seal.ts', `import '@nestjs/common';`, IMPORTS],
  'a domain imports a file of its adapters': [
    'services/challenge/src/domain/seal.ts',
    `import '../store/spent-store.js';`,
    IMPORTS,
  ],
  'a check imports a file of the adapters': [
    'services/verification/src/domain/checks/index.ts',
    `import '../../store/grant-store.js';`,
    IMPORTS,
  ],
  'a domain reads files': ['services/challenge/src/domain/seal.ts', `import 'node:fs';`, IMPORTS],
  'a service speaks to PostgreSQL past the adapter': [
    'services/challenge/src/store/spent-store.ts',
    `import 'pg';`,
    IMPORTS,
  ],
  'a service uses SimpleWebAuthn itself': [
    'services/enrollment/src/service.ts',
    `import '@simplewebauthn/server/helpers';`,
    IMPORTS,
  ],
  'a library speaks to a cloud': ['libs/keys-file/src/index.ts', `import '@aws-sdk/client-kms';`, IMPORTS],
  'an adapter uses the client of another': ['libs/event-bus/src/index.ts', `import 'kafkajs';`, IMPORTS],
  'a statement is put together from text': [
    'services/challenge/src/store/spent-store.ts',
    `export const run = (client: { $queryRawUnsafe: (sql: string) => Promise<unknown> }) => client.$queryRawUnsafe('select 1');`,
    'no-restricted-syntax',
  ],
  'a type is any': [
    'libs/kernel/src/index.ts',
    `export const anything: any = 1;`,
    '@typescript-eslint/no-explicit-any',
  ],
  'a promise is left to itself': [
    'libs/kernel/src/index.ts',
    `export const start = (): void => { Promise.resolve(); };`,
    '@typescript-eslint/no-floating-promises',
  ],
  'a comment switches a rule off': ['libs/kernel/src/index.ts', `/* eslint-disable */`, 'null'],
};

/** A type-checked text costs more than a second: all lines that a file must not hold are added to it at once, one each. */
const byFile = Map.groupBy(Object.entries(FORBIDDEN), ([, [path]]) => path);

describe('layers', () => {
  const refused = new Map();
  const untouched = {};

  beforeAll(() => {
    const texts = [...byFile].map(([path, cases]) => [
      path,
      [...cases.map(([, [, line]]) => line), read(path)].join('\n'),
    ]);
    const answers = lint(texts);
    for (const [at, [path, cases]] of [...byFile].entries()) {
      for (const [place, [name]] of cases.entries()) refused.set(name, rulesAt(answers[at], place + 1));
      untouched[path] = answers[at].filter(({ line }) => line > cases.length);
    }
  }, 120_000);

  test.each(Object.keys(FORBIDDEN))('%s: refused', (name) => {
    expect(refused.get(name)).toContain(FORBIDDEN[name][2]);
  });

  test('the same files without the added line are accepted', () => {
    expect(untouched).toEqual(Object.fromEntries([...byFile.keys()].map((path) => [path, []])));
  });
});

const rulesAt = (answer, at) => answer.filter(({ line }) => line === at).map(({ rule }) => rule);
const read = (path) => readFileSync(join(ROOT, path), 'utf8');

function lint(texts) {
  // The rule about layers says nothing while Nx has no graph.
  const env = { ...process.env, NX_DAEMON: 'false' };
  spawnSync(process.execPath, ['node_modules/.bin/nx', 'show', 'projects'], { env });
  const { stdout, stderr } = spawnSync(process.execPath, ['infra/test/lint-texts.mjs'], {
    input: JSON.stringify(texts),
    encoding: 'utf8',
    env,
  });
  if (!stdout.startsWith('[')) throw new Error(`ESLint did not answer:\n${stdout}${stderr}`);
  return JSON.parse(stdout);
}
