#!/usr/bin/env node
// Stands here before anything is built, so that npm can link it.
import { existsSync } from 'node:fs';

const program = new URL('../dist/cli/main.js', import.meta.url);
if (existsSync(program)) await import(program.href);
else {
  process.stderr.write('countersign is not built yet: run `npm run build` first.\n');
  process.exitCode = 1;
}
