// Lets a spawned node run this repository's TypeScript, decorators included: `node --import <this file> <file>.ts`.
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { transformSync } from '@swc/core';

const ROOT = new URL('../../../', import.meta.url);
const SERVICES = ['gateway', 'tenant', 'enrollment', 'challenge', 'verification', 'risk', 'session', 'audit'];

const folderOf = (name) => (SERVICES.includes(name) ? 'services' : 'libs');

registerHooks({
  resolve(specifier, context, next) {
    const ours = /^@countersign\/([a-z-]+)$/.exec(specifier)?.[1];
    if (ours) return next(new URL(`${folderOf(ours)}/${ours}/src/index.ts`, ROOT).href, context);
    const relative = context.parentURL?.endsWith('.ts') && specifier.startsWith('.');
    return next(relative ? specifier.replace(/\.js$/, '.ts') : specifier, context);
  },
  load(url, context, next) {
    if (!url.endsWith('.ts') || url.includes('/node_modules/')) return next(url, context);
    const filename = fileURLToPath(url);
    const { code } = transformSync(readFileSync(filename, 'utf8'), {
      filename,
      swcrc: false,
      jsc: {
        parser: { syntax: 'typescript', decorators: true },
        transform: { legacyDecorator: true, decoratorMetadata: true },
        target: 'es2024',
      },
      module: { type: 'es6' },
    });
    return { format: 'module', source: code, shortCircuit: true };
  },
});
