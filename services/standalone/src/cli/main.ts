#!/usr/bin/env node
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCli } from './run-cli.js';

const DEFAULT_DATA = fileURLToPath(new URL('../../../../.countersign', import.meta.url));

process.exitCode = await runCli(process.argv.slice(2), {
  out: (line) => void process.stdout.write(`${line}\n`),
  err: (line) => void process.stderr.write(`${line}\n`),
  loadHouse: async () => {
    const { openHouse } = await import('./open-house.js');
    return ({ dataDir = DEFAULT_DATA, settings }) =>
      openHouse(settings === undefined ? { dataDir: resolve(dataDir) } : { settings: resolve(settings) });
  },
});
