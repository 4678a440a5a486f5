import { hostname } from 'node:os';
import { SERVICES, makeLeaf, readsTopic, type EventFields, type ServiceName } from '@countersign/contracts';
import type { Queryable } from '@countersign/database';
import { haltedPartitions, restartPartition, type HaltedPartition } from '@countersign/event-bus';
import { PLATFORM_TENANT, uuidv7 } from '@countersign/kernel';
import { appendEvent, countReplay, replay } from '@countersign/outbox';
import type { House } from './house.js';

/** Who asked, as rows and events say it. */
const BY = 'cli';

/** A partition that a service does not read on. */
export interface HaltedReader extends HaltedPartition {
  reader: ServiceName;
}

/** A service's own event about the platform, in the transaction of what it tells of. */
async function record(tx: Queryable, fields: Pick<EventFields, 'source' | 'type' | 'facts'>): Promise<void> {
  const facts = { ...fields.facts, by: BY, host: hostname() };
  const about = { tenant: PLATFORM_TENANT, outcome: 'success', request: uuidv7() } as const;
  await appendEvent(tx, makeLeaf({ ...fields, ...about, facts }));
}

/** What nobody reads on, of these topics. */
export async function haltedReaders(house: House, topics: readonly ServiceName[]): Promise<HaltedReader[]> {
  const found: HaltedReader[] = [];
  for (const reader of SERVICES) {
    const read = topics.filter((topic) => readsTopic(reader, topic));
    if (read.length === 0) continue;
    const { own } = await house.stores(reader);
    found.push(...(await haltedPartitions(own, read)).map((partition) => ({ reader, ...partition })));
  }
  return found;
}

/** Lets them start anew, each with its event; a partition that somebody asked for already is left. @returns how many now */
export async function restartAll(house: House, halted: readonly HaltedReader[]): Promise<number> {
  let restarted = 0;
  for (const { reader, topic, partition, code, next } of halted) {
    const { own } = await house.stores(reader);
    await own.transaction(async (tx) => {
      if (!(await restartPartition(tx, { topic, partition }, BY))) return;
      restarted += 1;
      const facts = { topic, partition: `${partition}`, code, position: `${next}` };
      await record(tx, { source: reader, type: 'reading.restarted', facts });
    });
  }
  return restarted;
}

/** How many events of a source would go out again. */
export const countOf = async (house: House, source: ServiceName, since: Date): Promise<number> =>
  countReplay((await house.stores(source)).relay, since);

/** Writes down that it is done, then does it: an event that tells of work that was broken off is the better mistake. */
export async function replayOf(
  house: House,
  source: ServiceName,
  since: Date,
  told: (events: number) => void,
): Promise<number> {
  const { own, relay } = await house.stores(source);
  const events = await countReplay(relay, since);
  if (events === 0) return 0;
  const facts = { events: `${events}`, since: since.getTime() === 0 ? 'kept' : since.toISOString() };
  await own.transaction((tx) => record(tx, { source, type: 'events.replayed', facts }));
  return replay(relay, since, told);
}
