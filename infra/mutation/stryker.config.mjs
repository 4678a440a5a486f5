// How Stryker runs one group; which one is said by infra/scripts/mutation.mjs.
import { groupOf, sourcesOf } from './groups.mjs';

const group = groupOf(process.env.MUTATION_GROUP);
const [folder] = group.workspace.split('/');
const reports = '.countersign/mutation';

/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  mutate: process.env.MUTATION_FILE ? [process.env.MUTATION_FILE] : sourcesOf(group),
  testRunner: 'specs',
  plugins: [new URL('./runner.mjs', import.meta.url).pathname],
  coverageAnalysis: 'perTest',
  // Words of refusals are for people and auditors; which rule refused is asserted by code and clause.
  mutator: { excludedMutations: ['StringLiteral'] },
  ignorePatterns: [
    '**/dist',
    ...(folder === 'services' ? ['services/*', `!${group.workspace}`] : ['services']),
    'docs',
    'charts',
    'proto',
    '.nx',
    '.test-results',
    '.ci',
  ],
  tempDirName: `${reports}/${group.name}`,
  reporters: ['clear-text', 'json'],
  jsonReporter: { fileName: `${reports}/${group.name}.json` },
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false, allowEmojis: false },
  thresholds: { high: 95, low: 85, break: 85 },
  concurrency: 1,
  timeoutMS: 15000,
  maxTestRunnerReuse: 300,
  // What is static was found without the bodies of specs (runner.mjs); it is worth its time.
  warnings: { slow: false },
  cleanTempDir: 'always',
};
