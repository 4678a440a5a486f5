// Stryker's test runner for specs that need no framework, no database and no file of their own: all in one process,
// loaded once, and once more for each mutant that takes effect while modules load.
import crypto from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { declareClassPlugin, PluginKind } from '@stryker-mutator/api/plugin';
import {
  determineHitLimitReached,
  DryRunStatus,
  TestStatus,
  toMutantRunResult,
} from '@stryker-mutator/api/test-runner';
import { takeTests } from './globals.mjs';
import { groupOf, sourcesOf, specsOf } from './groups.mjs';
import { registerLoader } from './loader.mjs';

const group = groupOf(process.env.MUTATION_GROUP);

/** RSA keys take longer to make than everything else together, and whose they are matters to no test. */
function keepRsaKeys() {
  const { generateKeyPairSync } = crypto;
  const kept = new Map();
  let count = 0;
  crypto.generateKeyPairSync = (type, options) => {
    if (type !== 'rsa') return generateKeyPairSync(type, options);
    const key = `${JSON.stringify(options)}${(count += 1) % 4}`;
    if (!kept.has(key)) kept.set(key, generateKeyPairSync(type, options));
    return kept.get(key);
  };
  syncBuiltinESMExports();
}

class SpecRunner {
  #round = 0;
  #tests = [];
  /** How often each test has killed: those that did run first. */
  #kills = new Map();

  capabilities() {
    return { reloadEnvironment: true };
  }

  async init() {
    keepRsaKeys();
    this.address = registerLoader(process.cwd(), group.workspace);
    globalThis.__stryker__ ??= {};
  }

  /**
   * Sources first: what they do while they load is what makes a mutant static. What a spec prepares outside of its tests is
   * prepared by the code as it is, so that a mutant need not be there from the start for that alone.
   */
  async #load() {
    this.#round += 1;
    const load = (path) => import(this.address(join(process.cwd(), path), this.#round));
    for (const path of [...sourcesOf(group), ...(group.users ?? [])]) await load(path);
    const inSources = { ...globalThis.__stryker__.mutantCoverage?.static };
    for (const path of specsOf(group)) {
      await load(path);
      const seen = new Map();
      for (const { name, body } of takeTests()) {
        const times = (seen.get(name) ?? 0) + 1;
        seen.set(name, times);
        this.#tests.push({ id: `${path} ${name} ${times}`, name, fileName: path, body });
      }
    }
    if (globalThis.__stryker__.mutantCoverage) globalThis.__stryker__.mutantCoverage.static = inSources;
  }

  async #reload() {
    this.#tests = [];
    takeTests();
    await this.#load();
  }

  async #runOne({ id, name, fileName, body }) {
    const begun = performance.now();
    const done = (rest) => ({ id, name, fileName, timeSpentMs: performance.now() - begun, ...rest });
    try {
      await body();
      return done({ status: TestStatus.Success });
    } catch (error) {
      return done({ status: TestStatus.Failed, failureMessage: String(error?.message ?? error) });
    }
  }

  async #run(chosen, { coverage = false, bail = true } = {}) {
    const ns = globalThis.__stryker__;
    const results = [];
    for (const test of chosen) {
      if (coverage) ns.currentTestId = test.id;
      const result = await this.#runOne(test);
      ns.currentTestId = undefined;
      results.push(result);
      if (result.status === TestStatus.Failed && bail) {
        this.#kills.set(test.id, (this.#kills.get(test.id) ?? 0) + 1);
        break;
      }
    }
    return results;
  }

  async dryRun() {
    const ns = globalThis.__stryker__;
    ns.activeMutant = undefined;
    await this.#reload();
    const tests = await this.#run(this.#tests, { coverage: true, bail: false });
    return { status: DryRunStatus.Complete, tests, mutantCoverage: ns.mutantCoverage };
  }

  async mutantRun({ activeMutant, testFilter, reloadEnvironment, hitLimit, mutantActivation }) {
    const ns = globalThis.__stryker__;
    Object.assign(ns, { hitCount: hitLimit ? 0 : undefined, hitLimit });
    if (this.#tests.length === 0 || this.#dirty) await this.#clean();
    ns.activeMutant = activeMutant.id;
    if (reloadEnvironment || mutantActivation === 'static') {
      this.#dirty = true;
      try {
        await this.#reload();
      } catch (error) {
        ns.activeMutant = undefined;
        return toMutantRunResult({
          status: DryRunStatus.Complete,
          tests: [
            {
              id: 'load',
              name: 'modules load',
              timeSpentMs: 0,
              status: TestStatus.Failed,
              failureMessage: String(error),
            },
          ],
        });
      }
    }
    const wanted = testFilter ? new Set(testFilter) : undefined;
    const kills = (test) => this.#kills.get(test.id) ?? 0;
    const chosen = this.#tests.filter(({ id }) => wanted?.has(id) ?? true).sort((a, b) => kills(b) - kills(a));
    const tests = await this.#run(chosen);
    ns.activeMutant = undefined;
    return toMutantRunResult(
      determineHitLimitReached(ns.hitCount, hitLimit) ?? { status: DryRunStatus.Complete, tests },
    );
  }

  #dirty = false;

  async #clean() {
    globalThis.__stryker__.activeMutant = undefined;
    this.#dirty = false;
    await this.#reload();
  }
}

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'specs', SpecRunner)];
