import { DATABASE_AND_LOAD_CORE, pinTo } from './cpu.js';
import { readFlags } from './flags.js';
import { runLarge } from './population/run.js';
import { runAlone, runBeside } from './runs.js';

const flags = readFlags(process.argv.slice(2));
const say = (line: string): void => void process.stderr.write(`${line}\n`);

pinTo(DATABASE_AND_LOAD_CORE, process.pid);
const run = flags.population
  ? runLarge(flags, flags.population, say)
  : flags.peer
    ? runBeside(flags, flags.peer, say)
    : runAlone(flags, say);
const { document, text, errors } = await run;
process.stdout.write(`${flags.json ? JSON.stringify(document) : text}\n`);
process.exit(errors === 0 ? 0 : 1);
