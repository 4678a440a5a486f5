import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  Pipe,
  READER_STEPS,
  RELAY_STEPS,
  SOUND,
  SOURCES,
  type Fate,
  type PartProcess,
  type Step,
  type Writers,
} from '../src/pipe/index.js';
import { say } from '../src/say.js';

/** How often a process is killed: half of it the relays, half of it the reader. */
const KILLS = Number(process.env.KILLS ?? 10);
/** Between two events of a writer. */
const PAUSE_MS = 150;
const LIMIT_MS = 3_600_000;

let pipe: Pipe;
let writers: Writers;
beforeAll(async () => {
  pipe = await Pipe.open();
  writers = pipe.write(PAUSE_MS);
}, 120_000);
afterAll(() => pipe?.stop(), 60_000);

type Kill = Step | 'at random';

/** Killed once at each step, then as often at random, and so on. */
const planOf = (steps: readonly Step[], kills: number): Kill[] =>
  Array.from({ length: kills }, (_, n) => steps[n % (2 * steps.length)] ?? 'at random');

const fateAt = (kill: Kill): Fate | undefined =>
  kill === 'at random' ? undefined : { step: kill, times: 1 + randomInt(3), signal: 'SIGKILL' };

/** Starts a part for each kill, lets it work and has it killed; the last one stays. */
async function killed(plan: readonly Kill[], start: (fate?: Fate) => PartProcess, latestMs: number): Promise<void> {
  for (const kill of plan) {
    const part = start(fateAt(kill));
    await part.running;
    if (kill !== 'at random') await part.ended;
    else await sleep(randomInt(latestMs)).then(() => part.kill());
  }
  start();
}

const told = (who: string, plan: readonly Kill[]): void => {
  for (const [kill, times] of Map.groupBy(plan, (each) => each)) say(`${who}, killed ${kill}: ${times.length} times`);
};

describe('kill -9 of relays and reader under load', () => {
  test(
    `CARD-6.consumer · ${KILLS} kills leave every event in the log once, in order and without gaps`,
    async () => {
      const [first, second] = SOURCES;
      const relayPlan = planOf(RELAY_STEPS, Math.ceil(KILLS / 2));
      const readerPlan = planOf(READER_STEPS, Math.floor(KILLS / 2));
      pipe.startRelay(second);
      await Promise.all([
        killed(relayPlan, (fate) => pipe.startRelay(first, fate), 2_500),
        killed(readerPlan, (fate) => pipe.startReader(fate), 6_000),
      ]);
      const written = await writers.stop();
      const caughtUpMs = await pipe.ledger.caughtUp();
      told('relay', relayPlan);
      told('reader', readerPlan);
      say(`${await pipe.ledger.events()} events; all in the log ${Math.round(caughtUpMs)} ms after the last`);
      expect(written.committed.length).toBeGreaterThan(KILLS * 10);
      expect(await pipe.ledger.faults(written)).toEqual(SOUND);
    },
    LIMIT_MS,
  );
});
