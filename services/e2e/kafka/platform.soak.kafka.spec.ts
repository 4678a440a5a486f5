import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { applyKafka, declare } from '@countersign/event-bus-kafka';
import { startKafka, type KafkaCluster } from '@countersign/kafka-broker';
import {
  AdminDatabase,
  CALM,
  HostProcess,
  NO_FAULTS,
  Program,
  createBank,
  createCustomer,
  empty,
  faultsOf,
  killAll,
  metricsOf,
  say,
  startAll,
  valuesOf,
  type Customer,
} from '../src/index.js';

const LIMIT_MS = 300_000;
const CUSTOMERS = 8;
const PREFIX = 'countersign.';
const PARTITIONS = 3;

let folder: string;
let kafka: KafkaCluster;
let host: HostProcess;
let customers: Customer[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-platform-kafka-'));
  chmodSync(folder, 0o711);
  kafka = await startKafka({ folder: join(folder, 'kafka'), brokers: 3 });
  const declared = { prefix: PREFIX, partitions: PARTITIONS, development: false, principal: (name: string) => name };
  await applyKafka({ brokers: kafka.addresses, clientId: 'drill' }, declare(declared));
  const dataDir = join(folder, 'data');
  mkdirSync(join(dataDir, 'kafka'), { recursive: true, mode: 0o711 });
  writeFileSync(join(dataDir, 'kafka', 'brokers'), `${kafka.addresses.join(',')}\n`);
  host = await HostProcess.start({ shape: 'services', dataDir });
  const bank = await createBank(host, { risk: CALM });
  customers = [];
  for (let n = 0; n < CUSTOMERS; n++) customers.push(await createCustomer(host, bank));
}, LIMIT_MS);
afterAll(async () => {
  await host?.stop();
  if (kafka) await killAll(kafka.brokers);
  rmSync(folder, { recursive: true, force: true });
}, 120_000);

interface SignIns {
  done: number;
  failed: string[];
}

/** Each customer signs in again as soon as the last time is over, until `happen` is. */
async function underSignIns(happen: () => Promise<void>): Promise<SignIns> {
  const signIns: SignIns = { done: 0, failed: [] };
  let over = false;
  const places = customers.map(async ({ browser }) => {
    while (!over)
      await browser.signIn().then(
        () => signIns.done++,
        (error: unknown) => signIns.failed.push(String(error)),
      );
  });
  await sleep(2_000);
  await happen().finally(() => (over = true));
  await Promise.all(places);
  return signIns;
}

/** Waits until the log holds every event of every outbox. @returns how long that took, milliseconds */
async function caughtUp(database: AdminDatabase): Promise<number> {
  const begun = performance.now();
  while ((await faultsOf(database)).eventsNotInTheLog > 0) {
    if (performance.now() - begun > 120_000) throw new Error('events do not arrive');
    await sleep(250);
  }
  return performance.now() - begun;
}

async function drilled(what: string, happen: () => Promise<void>): Promise<void> {
  const signIns = await underSignIns(happen);
  const database = new AdminDatabase(host);
  try {
    const ms = await caughtUp(database);
    say(
      `${what}: ${signIns.done} sign-ins, ${signIns.failed.length} failed; all in the log ${(ms / 1_000).toFixed(1)} s later`,
    );
    expect(signIns.failed).toEqual([]);
    expect(signIns.done).toBeGreaterThan(20);
    expect(await faultsOf(database)).toEqual(NO_FAULTS);
  } finally {
    await database.close();
  }
}

const halted = async (): Promise<boolean> =>
  (await metricsOf(host)).some((text) => valuesOf(text, 'countersign_bus_halted').some((value) => value === 1));

async function until(done: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 60_000; !(await done()); await sleep(250))
    if (Date.now() > end) throw new Error('it does not come');
}

describe('sign-ins over separate processes and three brokers', () => {
  const happenings: [string, () => Promise<void>][] = [
    [
      'one broker is killed and started again after 10 s',
      async () => {
        const broker = kafka.brokers[0]!;
        await broker.kill();
        await sleep(10_000);
        await broker.start();
      },
    ],
    [
      'one broker is stopped (SIGSTOP) for 10 s',
      async () => {
        kafka.brokers[1]!.pause();
        await sleep(10_000);
        kafka.brokers[1]!.resume();
      },
    ],
    [
      'all brokers are stopped (SIGSTOP) for 20 s',
      async () => {
        for (const broker of kafka.brokers) broker.pause();
        await sleep(20_000);
        for (const broker of kafka.brokers) broker.resume();
      },
    ],
    [
      'all brokers are killed and started again after 10 s',
      async () => {
        await killAll(kafka.brokers);
        await sleep(10_000);
        await startAll(kafka.brokers);
      },
    ],
  ];

  test.each(happenings)('CARD-3.kafka · %s: no sign-in fails, nothing is lost or doubled', drilled, LIMIT_MS);

  test(
    'CARD-3.kafka · all brokers lose every event: no sign-in fails, and after `countersign events replay` nothing is lost or doubled',
    async () => {
      await drilled('all brokers lost every event', async () => {
        await killAll(kafka.brokers);
        empty(kafka.brokers, PREFIX);
        await startAll(kafka.brokers);
        const begun = performance.now();
        await until(halted);
        say(`readers halted ${((performance.now() - begun) / 1_000).toFixed(1)} s after the brokers were ready`);
        // Each partition is looked at in its own time; those go on that have halted by then.
        await sleep(10_000);
        const { dataDir } = host.options;
        const replay = Program.start('countersign.mjs', ['events', 'replay', '--source', 'all', '--data-dir', dataDir]);
        expect(await replay.exited).toBe(0);
        await until(async () => !(await halted()));
      });
    },
    LIMIT_MS,
  );
});
