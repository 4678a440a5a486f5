// Three kinds of rules: what ESLint and typescript-eslint hold wrong, which layer may know which (Nx tags in each
// package.json), and who may speak to a vendor's client. Comments that switch a rule off have no effect and are refused.
import js from '@eslint/js';
import nx from '@nx/eslint-plugin';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';
import { domainRules, vendorRules } from './infra/lint/imports.mjs';
import { layers, layersWithNeighbours } from './infra/lint/layers.mjs';

const TYPESCRIPT = ['**/*.ts', '**/*.tsx'];
const TESTS = ['**/*.spec.ts', '**/test/**/*.ts'];
const NODE = [
  'process',
  'console',
  'Buffer',
  'URL',
  'fetch',
  'setTimeout',
  'clearTimeout',
  'setInterval',
  'clearInterval',
];
const PAGE = ['document', 'location', 'history', 'URLSearchParams', 'FormData', 'fetch', 'addEventListener'];
const known = (names) => ({ globals: Object.fromEntries(names.map((name) => [name, 'readonly'])) });

const rawStatements = {
  selector: 'MemberExpression[property.name=/^\\$(query|execute)RawUnsafe$/]',
  message: 'A statement put together from text is an injection waiting: use a tagged template or a prepared statement.',
};

export default tseslint.config(
  {
    ignores: [
      '**/dist/',
      '**/node_modules/',
      'libs/contracts/src/generated/',
      '**/src/store/prisma/',
      '.nx/',
      '.countersign/',
    ],
  },
  { linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  {
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-restricted-syntax': ['error', rawStatements],
      'no-constant-condition': ['error', { checkLoops: false }],
      'object-shorthand': 'error',
      'prefer-const': 'error',
    },
  },
  { files: ['**/*.{js,cjs,mjs}'], languageOptions: known(NODE) },
  // Scripts of pages that are served as they are written.
  { files: ['services/*/assets/**/*.js'], languageOptions: known(PAGE) },
  ...tseslint.configs.strict.map((config) => ({ ...config, files: TYPESCRIPT })),
  {
    files: TYPESCRIPT,
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // A promise nobody waits for is an error nobody hears of.
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/no-extraneous-class': ['error', { allowEmpty: true, allowWithDecorator: true }],
      // `rows[0]!` says that the statement returns a row; without it every such line would carry a branch nobody can reach.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    },
  },
  {
    // React's and a test server's handlers may be asynchronous: their own code shows what failed.
    files: ['**/*.tsx', ...TESTS],
    rules: { '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }] },
  },
  { plugins: { '@nx': nx } },
  {
    files: TYPESCRIPT,
    rules: { '@nx/enforce-module-boundaries': ['error', layers] },
  },
  { files: TESTS, rules: { '@nx/enforce-module-boundaries': ['error', layersWithNeighbours] } },
  ...vendorRules,
  ...domainRules,
  prettier,
);
