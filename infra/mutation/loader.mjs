// Lets Node load specs and sources as they are written, and again under another round, so that a mutant which takes effect
// while a module loads is there from the start. Jest would begin anew for each of them, which takes seconds.
import { existsSync, readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { transformSync } from '@swc/core';

const SWC = {
  swcrc: false,
  jsc: {
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
    target: 'es2024',
  },
  module: { type: 'es6' },
};

/**
 * Registers the hooks in this process.
 * @param {string} root folder that holds libs/
 * @param {string} reloaded path below it whose modules belong to a round
 * @returns {(path: string, round: number) => string} the address of a file in a round
 */
export function registerLoader(root, reloaded) {
  const inRound = pathToFileURL(`${root}/${reloaded}/`).href;
  const compiled = new Map();
  const workspace = (name) => pathToFileURL(`${root}/libs/${name}/src/index.ts`).href;
  const globals = new URL('./globals.mjs', import.meta.url).href;

  function source(url) {
    const path = fileURLToPath(url);
    if (!compiled.has(path))
      compiled.set(path, transformSync(readFileSync(path, 'utf8'), { ...SWC, filename: path }).code);
    return compiled.get(path);
  }

  const own = (specifier) => /^@countersign\/([^/]+)$/.exec(specifier)?.[1];
  const beside = (specifier, parent) => {
    const url = new URL(specifier.replace(/\.js$/, '.ts'), parent);
    url.search = '';
    return existsSync(url) ? url.href : undefined;
  };

  function resolve(specifier, context, next) {
    if (specifier === '@jest/globals') return { url: globals, shortCircuit: true };
    const name = own(specifier);
    const url = name ? workspace(name) : specifier.startsWith('.') ? beside(specifier, context.parentURL) : undefined;
    if (!url?.endsWith('.ts')) return next(specifier, context);
    const round = url.startsWith(inRound) ? new URL(context.parentURL ?? url).search : '';
    return { url: url + round, format: 'module', shortCircuit: true };
  }

  const load = (url, context, next) =>
    new URL(url).pathname.endsWith('.ts')
      ? { format: 'module', source: source(url.split('?')[0]), shortCircuit: true }
      : next(url, context);

  registerHooks({ resolve, load });
  return (path, round) => `${pathToFileURL(path).href}?round=${round}`;
}
