// One configuration for every suite; infra/scripts/suites.mjs says which paths belong to which suite.
export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        swcrc: false,
        jsc: {
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
          target: 'es2024',
        },
        module: { type: 'es6' },
      },
    ],
  },
  moduleNameMapper: {
    '^@countersign/([^/]+)$': ['<rootDir>/libs/$1/src/index.ts', '<rootDir>/services/$1/src/index.ts'],
    // Not what a thread or a process of its own begins with: Node loads that as it was built.
    '^@countersign/([^/]+)/(?!verify-thread$|telemetry$)([^/]+)$': [
      '<rootDir>/libs/$1/src/$2.ts',
      '<rootDir>/libs/$1/src/service/$2.ts',
    ],
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  modulePathIgnorePatterns: ['<rootDir>/(.*/)?dist/', '<rootDir>/.countersign/'],
  testMatch: ['**/*.spec.ts', '<rootDir>/infra/{test,charts/test,image/test}/*.spec.mjs'],
  globalSetup: '<rootDir>/libs/database/jest/global-setup.mjs',
  globalTeardown: '<rootDir>/libs/database/jest/global-teardown.mjs',
  testSequencer: '<rootDir>/infra/scripts/lib/jest-order.cjs',
  // Suites share the machine: a limit is there to end what hangs, not to say that something is slow.
  testTimeout: 60_000,
  maxWorkers: 2,
};
