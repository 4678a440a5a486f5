// Runs a suite of spec files under Node 24 and reads what came of every test.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { node24, root, withNode24 } from './workspace.mjs';

const NODE_FLAGS = ['--disable-warning=ExperimentalWarning', '--experimental-vm-modules'];

/**
 * @param {import('../suites.mjs').Suite} suite
 * @returns every test with its status; a file that does not load is one failed test
 */
export async function runJest(suite, env = process.env) {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-suite-'));
  try {
    const report = join(folder, 'report.json');
    const output = await start([...NODE_FLAGS, ...jestArguments(suite, report)], {
      ...env,
      ...suite.env,
      SUITE: suite.name,
    });
    if (!existsSync(report)) throw new Error(`Jest ended without a report:\n${output}`);
    return readReport(JSON.parse(readFileSync(report, 'utf8')));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const jestArguments = ({ match, workers = 2 }, report) => [
  join(root, 'node_modules/jest/bin/jest.js'),
  '--json',
  `--outputFile=${report}`,
  `--reporters=${join(root, 'infra/scripts/lib/jest-progress.cjs')}`,
  `--maxWorkers=${workers}`,
  '--passWithNoTests',
  '--testMatch',
  ...testMatchOf(match),
];

/** Paths are those of this project. Jest puts its root in front only of what it is to run, not of what it is to leave out. */
export const testMatchOf = (match) =>
  match.map((glob) => glob.replace(/^(?=[a-z])/, '<rootDir>/').replace(/^!(?=[a-z])/, '!**/'));

/** Progress goes through; the rest is kept for the case that Jest itself fails. */
function start(args, env) {
  const child = spawn(node24, args, { cwd: root, env: withNode24(env), stdio: ['ignore', 'inherit', 'pipe'] });
  const noise = [];
  child.stderr.on('data', (chunk) => noise.push(chunk));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => resolve(Buffer.concat(noise).toString()));
  });
}

const STATUS = { passed: 'passed', failed: 'failed' };

/** Jest's own report, as this project's list of tests. */
export const readReport = ({ testResults }) =>
  testResults.flatMap(({ name, status, message, assertionResults }) => {
    const file = relative(root, name);
    const tests = assertionResults.map(({ fullName, title, status: outcome, failureMessages }) => ({
      name: fullName,
      title,
      file,
      status: STATUS[outcome] ?? 'skipped',
      ...(failureMessages.length > 0 && { message: failureMessages.join('\n') }),
    }));
    const broken = status === 'failed' && !tests.some((test) => test.status === 'failed');
    return broken ? [...tests, { name: `${file} runs`, file, status: 'failed', message }] : tests;
  });
