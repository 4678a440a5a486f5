import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  Between,
  Pipe,
  SOUND,
  SOURCES,
  drill,
  empty,
  setBack,
  type DrillResult,
  type PartProcess,
} from '../src/pipe/index.js';

const LIMIT_MS = 180_000;
/** The reader looks every 5 s, and twice before it halts; on a busy machine it looks late. */
const HALT_MS = 40_000;

let pipe: Pipe;
let reader: PartProcess;
let betweens: Between[];
beforeAll(async () => {
  betweens = await Promise.all([1, 2, 3].map(() => Between.open()));
  const place = (id: number, { client }: { client: number }): { advertised: string } => {
    const between = betweens[id - 1]!;
    between.target = client;
    return { advertised: between.address };
  };
  pipe = await Pipe.open({ brokers: 3, place });
  for (const source of SOURCES) pipe.startRelay(source);
  reader = pipe.startReader();
  await reader.running;
}, LIMIT_MS);
afterAll(async () => {
  await pipe?.stop();
  await Promise.all(betweens.map((between) => between.close()));
}, 60_000);

const expectSound = ({ faults, events }: DrillResult): void => {
  expect(faults).toEqual(SOUND);
  expect(events).toBeGreaterThan(100);
};

describe('one of three brokers', () => {
  test(
    'CARD-3.kafka · is killed and started again: nothing is lost or doubled',
    async () => {
      const broker = pipe.cluster.brokers[0]!;
      const happen = async (): Promise<void> => {
        await broker.kill();
        await sleep(2_000);
        await broker.start();
      };
      expectSound(await drill(pipe, 'one broker killed, started again after 2 s', happen));
    },
    LIMIT_MS,
  );

  test(
    'CARD-3.kafka · stands still and goes on: nothing is lost or doubled',
    async () => {
      const broker = pipe.cluster.brokers[1]!;
      const happen = async (): Promise<void> => {
        broker.pause();
        await sleep(4_000);
        broker.resume();
      };
      expectSound(await drill(pipe, 'one broker stopped for 4 s', happen));
    },
    LIMIT_MS,
  );

  test(
    'CARD-3.kafka · cannot be reached by clients for a while: nothing is lost or doubled',
    async () => {
      const between = betweens[2]!;
      const happen = async (): Promise<void> => {
        between.cut();
        await sleep(4_000);
        between.heal();
      };
      expectSound(await drill(pipe, 'one broker cut off from clients for 4 s', happen));
    },
    LIMIT_MS,
  );
});

test(
  'CARD-3.kafka · all three brokers lose all events: the reader halts, and after a replay nothing is lost or doubled',
  async () => {
    const empties = (): void => empty(pipe.cluster.brokers);
    const result = await setBack(pipe, reader, 'three brokers lost every event', empties);
    expectSound(result);
    expect(result.haltedMs).toBeLessThan(HALT_MS);
  },
  LIMIT_MS,
);
