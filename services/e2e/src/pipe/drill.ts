import { cpSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Broker } from '@countersign/kafka-broker';
import { say } from '../say.js';
import type { PipeFaults } from './ledger.js';
import { PIPE_PREFIX } from './options.js';
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
  await sleep(CALM_MS);
  await happen();
  const caughtUpMs = await pipe.ledger.caughtUp();
  const written = await writers.stop();
  await pipe.ledger.caughtUp();
  const [faults, longestMs] = [await pipe.ledger.faults(written), await pipe.ledger.longest(from)];
  const events = written.committed.length;
  const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
  say(`${what}: ${events} events, lost ${faults.lost}, doubled ${faults.doubled}; longest way ${seconds(longestMs)}`);
  say(`  everything in the log ${seconds(caughtUpMs)} after it was mended`);
  return { faults, events };
}

/** All brokers again, together: none of them is ready without the others. */
export async function startAll(brokers: readonly Broker[]): Promise<void> {
  for (const broker of brokers) broker.launch();
  await Promise.all(brokers.map((broker) => broker.ready()));
}

export const killAll = (brokers: readonly Broker[]): Promise<unknown> =>
  Promise.all(brokers.map((broker) => broker.kill()));

/** Deletes what brokers that do not run hold of the topics. */
export function empty(brokers: readonly Broker[]): void {
  for (const { data } of brokers)
    for (const name of readdirSync(data))
      if (name.startsWith(PIPE_PREFIX)) rmSync(join(data, name), { recursive: true });
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
