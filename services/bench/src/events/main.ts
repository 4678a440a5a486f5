import { parseArgs } from 'node:util';
import { DATABASE_AND_LOAD_CORE, pinTo } from '../cpu.js';
import { openThrowAway } from '../ours/installation.js';
import { Run } from '../run.js';
import { eventTable, type EventFigures } from './figures.js';
import { MeasuredPipe, startBroker } from './pipe.js';
import type { Driver } from './protocol.js';
import { signInTable, signInsBesideKafka } from './sign-ins.js';

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '50000' },
    seconds: { type: 'string', default: '15' },
    only: { type: 'string', default: '' },
  },
});
/** A fraction of what either driver carries. */
const STEADY_PER_SECOND = 300;
const ROUNDS = 2;
const PARALLEL = 16;
const ORDER: readonly Driver[] = ['postgres', 'kafka'];

const seconds = Number(values.seconds);
const run = new Run({ seconds, parallel: PARALLEL }, (line) => void process.stderr.write(`${line}\n`));

/** However it ends, nothing that was started runs on. */
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void run.end().finally(() => process.exit(1)));

async function measureEvents(): Promise<string> {
  const place = await openThrowAway(run, 'http://localhost:9');
  const brokers = await startBroker(run);
  const plan = { burst: Number(values.events), steady: { perSecond: STEADY_PER_SECOND, seconds } };
  const pipes: MeasuredPipe[] = [];
  for (const driver of ORDER) pipes.push(await MeasuredPipe.start(run, place, driver, brokers));
  const rounds: EventFigures[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    for (const pipe of pipes) {
      run.say(
        `round ${round} of ${ROUNDS}: ${plan.burst} events at once over ${pipe.driver}, then ${seconds} s steady …`,
      );
      rounds.push(await pipe.measure(plan));
    }
  }
  return eventTable(rounds);
}

pinTo(DATABASE_AND_LOAD_CORE, process.pid);
try {
  if (values.only !== 'sign-ins') process.stdout.write(`${await measureEvents()}\n`);
  if (values.only !== 'events') process.stdout.write(`\n${signInTable(await signInsBesideKafka(run))}\n`);
} finally {
  await run.end();
}
process.exit();
