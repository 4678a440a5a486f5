// Lets a spawned node run this repository's TypeScript: `node --experimental-transform-types --import <this file> …`.
import { registerHooks } from 'node:module';

const LIBRARIES = new URL('../../', import.meta.url);

registerHooks({
  resolve(specifier, context, next) {
    const library = /^@countersign\/([a-z-]+)$/.exec(specifier)?.[1];
    if (library) return next(new URL(`${library}/src/index.ts`, LIBRARIES).href, context);
    const ours = context.parentURL?.endsWith('.ts') && specifier.startsWith('.');
    return next(ours ? specifier.replace(/\.js$/, '.ts') : specifier, context);
  },
});
