import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Pipe, SOUND, SOURCES, type PartProcess, type Step } from '../src/pipe/index.js';

const PAUSE_MS = 100;
const LIMIT_MS = 120_000;

let pipe: Pipe;
beforeAll(async () => {
  pipe = await Pipe.open();
  for (const source of SOURCES) pipe.startRelay(source);
}, LIMIT_MS);
afterAll(() => pipe?.stop(), 60_000);

/** A reader that sleeps with a batch in hand, for longer than Kafka waits for it. */
async function sleepingAt(step: Step): Promise<PartProcess> {
  const reader = pipe.startReader({ step, times: 2, signal: 'SIGSTOP' });
  await reader.asleep;
  return reader;
}

async function untilMet(reader: PartProcess, what: string): Promise<void> {
  for (const end = Date.now() + 30_000; !reader.met.includes(what); await sleep(50))
    if (Date.now() > end) throw new Error(`it met ${reader.met.join()}, not ${what}`);
}

// The second holds a transaction open: PostgreSQL ends it after ten seconds, and with it what stands in the other's way.
test.each([
  ['before it begins a batch', 'PositionMoved'],
  ['before it commits a batch', 'unavailable'],
] as const)(
  'CARD-6.consumer · a reader that slept %s wakes when another has read on: it writes nothing',
  async (step, met) => {
    const writers = pipe.write(PAUSE_MS);
    const zombie = await sleepingAt(step);
    const other = pipe.startReader();
    await other.running;
    await pipe.ledger.caughtUp();
    zombie.wake();
    await untilMet(zombie, met);
    const written = await writers.stop();
    await pipe.ledger.caughtUp();
    expect(await pipe.ledger.faults(written)).toEqual(SOUND);
    await Promise.all([zombie.kill(), other.kill()]);
  },
  LIMIT_MS,
);
