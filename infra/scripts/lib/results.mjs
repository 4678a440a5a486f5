// The newest result of each suite, as files: .test-results/<suite>.json.
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './workspace.mjs';

/**
 * @typedef {object} Result
 * @property {string} suite
 * @property {string} commit
 * @property {boolean} clean  whether the working tree was exactly the commit
 * @property {string} tree    equal for equal files only
 * @property {number} ms
 * @property {number} passed
 * @property {number} failed
 * @property {number} skipped
 * @property {{name: string, status: 'passed'|'failed'|'skipped', file?: string, message?: string}[]} tests
 */

export const RESULTS = join(root, '.test-results');

/** @returns {Result} */
export function summarize(suite, tree, ms, tests) {
  const count = (status) => tests.filter((test) => test.status === status).length;
  return { suite, ...tree, ms, passed: count('passed'), failed: count('failed'), skipped: count('skipped'), tests };
}

/** Written whole or not at all: a reader never sees half a result. */
export function save(result, folder = RESULTS) {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${result.suite}.json`);
  writeFileSync(`${path}.part`, JSON.stringify(result));
  renameSync(`${path}.part`, path);
}

/** @returns {Result | undefined} */
export function load(suite, folder = RESULTS) {
  const path = join(folder, `${suite}.json`);
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
}

/** @returns {Result[]} */
export function loadAll(folder = RESULTS) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')));
}

/** Whether a suite need not run again: it passed whole on exactly these files, and they are a commit. */
export const isReusable = (result, tree) =>
  result !== undefined &&
  tree.clean &&
  result.clean &&
  result.commit === tree.commit &&
  result.failed === 0 &&
  result.skipped === 0 &&
  result.passed > 0;
