// A process that waits for a signal: `stopping-process.ts well|badly|never`, and the limit of its stop in milliseconds.
import { setTimeout as sleep } from 'node:timers/promises';
import { stopOnSignal } from '../src/index.js';

const [how, limitMs] = process.argv.slice(2);

stopOnSignal(
  async (signal) => {
    process.stdout.write(`stopping ${signal}\n`);
    await sleep(200);
    if (how === 'badly') throw new Error('the pool does not close');
    if (how === 'never') await new Promise(() => undefined);
    process.stdout.write('stopped\n');
  },
  limitMs === undefined ? undefined : Number(limitMs),
);
setInterval(() => undefined, 1_000);
process.stdout.write('running\n');
