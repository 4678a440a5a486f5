// How Stryker runs; what it mutates is said by infra/scripts/mutation.mjs.
/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  testRunner: 'specs',
  plugins: [new URL('./runner.mjs', import.meta.url).pathname],
  coverageAnalysis: 'perTest',
  // Words of refusals are for people and auditors; which rule refused is asserted by code and clause.
  mutator: { excludedMutations: ['StringLiteral'] },
  ignorePatterns: ['**/dist', 'services', 'docs', 'charts', 'proto', '.nx', '.test-results', '.ci'],
  tempDirName: '.countersign/mutation',
  reporters: ['clear-text', 'json'],
  jsonReporter: { fileName: '.countersign/mutation-report.json' },
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false, allowEmojis: false },
  thresholds: { high: 95, low: 85, break: 85 },
  concurrency: 1,
  timeoutMS: 15000,
  maxTestRunnerReuse: 300,
  cleanTempDir: 'always',
};
