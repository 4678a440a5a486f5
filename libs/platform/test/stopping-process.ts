// A process that waits for a signal: `stopping-process.ts well|badly`.
import { setTimeout as sleep } from 'node:timers/promises';
import { stopOnSignal } from '../src/index.js';

stopOnSignal(async (signal) => {
  process.stdout.write(`stopping ${signal}\n`);
  await sleep(200);
  if (process.argv[2] === 'badly') throw new Error('the pool does not close');
  process.stdout.write('stopped\n');
});
setInterval(() => undefined, 1_000);
process.stdout.write('running\n');
