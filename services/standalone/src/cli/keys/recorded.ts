import { hostname } from 'node:os';
import type { EventType } from '@countersign/contracts';
import { PLATFORM_TENANT, isRefusal, isUuid, uuidv7 } from '@countersign/kernel';
import { CommandFailed } from '../command.js';
import type { ControlEvent } from '../control-record.js';
import type { House } from '../house.js';

/** A step that a command takes on a key. */
export interface KeyStep {
  change: 'prepare' | 'activate' | 'disable' | 'rewrap';
  /** Id of a version, or a name where no version is meant yet. */
  key: string;
  store: string;
  driver: string;
  /** Of the tenant whose key it is, where the key's name does not say it. */
  tenant?: string;
}

/** What came of it: facts beside the step's own. `key` is the version that was meant. */
export interface KeyDone<T> {
  result: T;
  facts?: Record<string, string> | undefined;
}

const TYPES: Record<KeyStep['change'], EventType> = {
  prepare: 'key.prepared',
  activate: 'key.activated',
  disable: 'key.disabled',
  rewrap: 'key.rewrapped',
};

/**
 * Takes a step on a key with an event before it and one after it. Keys live outside of the database: so that no change
 * goes unrecorded, nothing is done before the first is committed; and the steps can be repeated, so that a command that
 * was interrupted is run again.
 *
 * @throws CommandFailed when the step was taken and its end could not be written
 */
export async function recorded<T>(house: House, step: KeyStep, take: () => Promise<KeyDone<T>>): Promise<T> {
  const common = { tenant: step.tenant ?? tenantOf(step.key), request: uuidv7() };
  const facts = { key: step.key, store: step.store, driver: step.driver, by: 'cli', host: hostOf() };
  const type = TYPES[step.change];
  const begun: ControlEvent = { ...common, type: 'key.change_begun', outcome: 'success', facts };
  await house.record({ ...begun, facts: { ...facts, change: step.change } });
  const done = await take().catch(async (error: unknown) => {
    // What went wrong counts for more than that it could not be written.
    await house.record({ ...common, type, outcome: 'refused', code: codeOf(error), facts }).catch(() => undefined);
    throw error;
  });
  try {
    await house.record({ ...common, type, outcome: 'success', facts: { ...facts, ...done.facts } });
  } catch {
    throw new CommandFailed(
      `${step.key}: it is done (${step.change}), but could not be recorded; run the command again`,
    );
  }
  return done.result;
}

const codeOf = (error: unknown): string =>
  isRefusal(error) || error instanceof CommandFailed ? error.code : 'internal';

/** A tenant's keys bear its id in their name: `token/<tenant>`. */
const tenantOf = (key: string): string => key.split('/').find(isUuid) ?? PLATFORM_TENANT;

/** The name of this machine as far as it is harmless in a log. */
const hostOf = (): string =>
  hostname()
    .replace(/[^A-Za-z0-9.-]/g, '_')
    .slice(0, 63);
