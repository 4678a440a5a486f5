import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  Namespaces,
  Pipe,
  SOUND,
  SOURCES,
  copyAside,
  drill,
  empty,
  killAll,
  restoreCopies,
  setBack,
  startAll,
  type DrillResult,
  type PartProcess,
} from '../src/pipe/index.js';

const LIMIT_MS = 300_000;

// Each broker has a network of its own, which takes Linux and its administrator: without them these tests fail and say so.
let network: Namespaces;
let pipe: Pipe;
let reader: PartProcess;
beforeAll(async () => {
  network = new Namespaces(3);
  const place = (id: number) => ({ host: network.host(id), command: network.command(id) });
  pipe = await Pipe.open({ brokers: 3, place });
  for (const source of SOURCES) pipe.startRelay(source);
  reader = pipe.startReader();
  await reader.running;
}, LIMIT_MS);
afterAll(async () => {
  await pipe?.stop();
  network?.remove();
}, 60_000);

const expectSound = ({ faults, events }: DrillResult): void => {
  expect(faults).toEqual(SOUND);
  expect(events).toBeGreaterThan(100);
};

describe('brokers of three, each in a network of its own', () => {
  const happenings: [string, () => Promise<void>][] = [
    ...[1, 2, 3].map((id): [string, () => Promise<void>] => [
      `broker ${id} is killed and started again after 15 s`,
      async () => {
        const broker = pipe.cluster.brokers[id - 1]!;
        await broker.kill();
        await sleep(15_000);
        await broker.start();
      },
    ]),
    ...[1, 2, 3].map((id): [string, () => Promise<void>] => [
      `broker ${id} is cut off from clients and brokers for 20 s`,
      async () => {
        network.cut(id);
        await sleep(20_000);
        network.heal(id);
      },
    ]),
    [
      'one broker is stopped (SIGSTOP) for 20 s',
      async () => {
        pipe.cluster.brokers[0]!.pause();
        await sleep(20_000);
        pipe.cluster.brokers[0]!.resume();
      },
    ],
    [
      'all brokers are stopped (SIGSTOP) for 30 s',
      async () => {
        for (const broker of pipe.cluster.brokers) broker.pause();
        await sleep(30_000);
        for (const broker of pipe.cluster.brokers) broker.resume();
      },
    ],
    [
      'two brokers are killed and started again after 20 s',
      async () => {
        const two = pipe.cluster.brokers.slice(1);
        await killAll(two);
        await sleep(20_000);
        await startAll(two);
      },
    ],
    [
      'one broker loses its disk and is started again',
      async () => {
        const one = pipe.cluster.brokers.slice(2);
        await killAll(one);
        empty(one);
        await startAll(one);
      },
    ],
  ];

  test.each(happenings)(
    'CARD-3.kafka · %s: nothing is lost or doubled',
    async (what, happen) => expectSound(await drill(pipe, what, happen)),
    LIMIT_MS,
  );

  test(
    'CARD-3.kafka · all come back with an older copy of their logs: the reader halts, and after a replay nothing is lost or doubled',
    async () => {
      const { brokers } = pipe.cluster;
      await killAll(brokers);
      copyAside(brokers);
      await startAll(brokers);
      expectSound(
        await setBack(pipe, reader, 'three brokers restored from an older copy', () => restoreCopies(brokers)),
      );
    },
    LIMIT_MS,
  );

  test(
    'CARD-3.kafka · all lose every event: the reader halts, and after a replay nothing is lost or doubled',
    async () => {
      const empties = (): void => empty(pipe.cluster.brokers);
      expectSound(await setBack(pipe, reader, 'three brokers lost every event', empties));
    },
    LIMIT_MS,
  );
});
