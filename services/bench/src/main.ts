import { DATABASE_AND_LOAD_CORE, pinTo } from './cpu.js';
import { readFlags } from './flags.js';
import { runLarge } from './population/run.js';
import { Run } from './run.js';
import { runAlone, runBeside } from './runs.js';

const flags = readFlags(process.argv.slice(2));
const run = new Run(flags, (line) => void process.stderr.write(`${line}\n`));

/** However it ends, nothing that was started runs on. */
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void run.end().finally(() => process.exit(1)));
}

pinTo(DATABASE_AND_LOAD_CORE, process.pid);
try {
  const { document, text, errors } = await (flags.population
    ? runLarge(run, flags.population)
    : flags.peer
      ? runBeside(run, flags.peer)
      : runAlone(run));
  process.stdout.write(`${flags.json ? JSON.stringify(document) : text}\n`);
  process.exitCode = errors === 0 ? 0 : 1;
} finally {
  await run.end();
}
process.exit();
