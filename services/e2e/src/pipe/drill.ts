import { cpSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Broker } from '@countersign/kafka-broker';
import { say } from '../say.js';
import type { PipeFaults } from './ledger.js';
import { PIPE_PREFIX } from './options.js';
import type { PartProcess } from './part-process.js';
import type { Pipe } from './pipe.js';

/** Between two events of a writer: some hundred events a second. */
const PAUSE_MS = 100;
const CALM_MS = 1_500;

export interface DrillResult {
  faults: PipeFaults;
  /** Events written meanwhile. */
  events: number;
}

/** Writes before, while and after something happens to the brokers, and tells how long events took. */
export async function drill(pipe: Pipe, what: string, happen: () => Promise<void>): Promise<DrillResult> {
  const writers = pipe.write(PAUSE_MS);
  const from = new Date();
  const caughtUpMs = await happenedTo(pipe, happen).finally(() => writers.stop());
  const written = await writers.stop();
  await pipe.ledger.caughtUp();
  const [faults, longestMs] = [await pipe.ledger.faults(written), await pipe.ledger.longest(from)];
  const events = written.committed.length;
  const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
  say(`${what}: ${events} events, lost ${faults.lost}, doubled ${faults.doubled}; longest way ${seconds(longestMs)}`);
  say(`  everything in the log ${seconds(caughtUpMs)} after it was mended`);
  return { faults, events };
}

/** A reader looks so often whether the log is the one it reads, and a second time before it halts. */
const LOOK_MS = 5_000;
const HALTS = ['bus_position_past_end', 'bus_log_differs', 'bus_log_replaced'];

/**
 * While all brokers are down something becomes of what they keep; under load, as before and after. Once the reader has halted,
 * everything is sent again.
 */
export async function setBack(
  pipe: Pipe,
  reader: PartProcess,
  what: string,
  change: () => void,
): Promise<DrillResult & { haltedMs: number }> {
  const { brokers } = pipe.cluster;
  let haltedMs = Infinity;
  const result = await drill(pipe, what, async () => {
    // What was read since a copy was made is what the brokers will not have.
    await pipe.ledger.caughtUp();
    await killAll(brokers);
    change();
    const before = reader.met.length;
    await startAll(brokers);
    haltedMs = await untilMet(reader, HALTS, before);
    say(`${what}: halted ${(haltedMs / 1_000).toFixed(1)} s after the brokers were ready`);
    // Each partition is looked at in its own time; those go on that have halted by then.
    await sleep(LOOK_MS);
    await pipe.replay();
  });
  return { ...result, haltedMs };
}

/** @returns how long it took, milliseconds @throws Error when it does not come */
async function untilMet(reader: PartProcess, wanted: readonly string[], before: number): Promise<number> {
  const begun = performance.now();
  while (!reader.met.slice(before).some((met) => wanted.includes(met))) {
    if (performance.now() - begun > 12 * LOOK_MS) throw new Error(`the reader met none of ${wanted.join()}`);
    await sleep(50);
  }
  return performance.now() - begun;
}

/** @returns how long it took until everything was in the log again, milliseconds */
async function happenedTo(pipe: Pipe, happen: () => Promise<void>): Promise<number> {
  await sleep(CALM_MS);
  await happen();
  return pipe.ledger.caughtUp();
}

/** All brokers again, together: none of them is ready without the others. */
export async function startAll(brokers: readonly Broker[]): Promise<void> {
  for (const broker of brokers) broker.launch();
  await Promise.all(brokers.map((broker) => broker.ready()));
}

export const killAll = (brokers: readonly Broker[]): Promise<unknown> =>
  Promise.all(brokers.map((broker) => broker.kill()));

/** Deletes what brokers that do not run hold of the topics whose names begin so. */
export function empty(brokers: readonly Broker[], prefix = PIPE_PREFIX): void {
  for (const { data } of brokers)
    for (const name of readdirSync(data)) if (name.startsWith(prefix)) rmSync(join(data, name), { recursive: true });
}

const copyOf = ({ folder }: Broker): string => join(folder, 'copy');

/** Copies everything of brokers that do not run. */
export function copyAside(brokers: readonly Broker[]): void {
  for (const broker of brokers) cpSync(broker.data, copyOf(broker), { recursive: true, preserveTimestamps: true });
}

/** Puts the copies in the place of what there is. */
export function restoreCopies(brokers: readonly Broker[]): void {
  for (const broker of brokers) {
    rmSync(broker.data, { recursive: true });
    cpSync(copyOf(broker), broker.data, { recursive: true, preserveTimestamps: true });
  }
}
