import type { Database, Queryable } from '@countersign/database';
import type { EventBus, SubscribeOptions } from '@countersign/event-bus';
import type { Fate, PartMessage, Step } from './options.js';

/** Called wherever a step is reached; at the right one the process is hit by its own hand. */
export type Reach = (step: Step) => Promise<void>;

export function fateOf(fate: Fate | undefined): Reach {
  let left = fate?.times ?? 0;
  return async (step) => {
    if (!fate || step !== fate.step || --left !== 0) return;
    if (fate.signal === 'SIGSTOP') await tell({ sleeps: true });
    process.kill(process.pid, fate.signal);
  };
}

/** Resolves when the message is out. */
export const tell = (message: PartMessage): Promise<void> =>
  new Promise((resolve) => void process.send!(message, () => resolve()));

/** A bus that passes the steps around a publication and around a batch. */
export const fatedBus = (bus: EventBus, reach: Reach): EventBus => ({
  publish: async (topic, messages) => {
    await reach('before it publishes a batch');
    await bus.publish(topic, messages);
    await reach('after it published a batch');
  },
  subscribe: (options) => bus.subscribe(fatedReader(options, reach)),
  close: () => bus.close(),
});

const fatedReader = (options: SubscribeOptions, reach: Reach): SubscribeOptions => ({
  ...options,
  handle: async (batch) => {
    await reach('before it begins a batch');
    await options.handle(batch);
    await reach('before it tells Kafka how far it is');
  },
});

/** A database that passes the steps around marking and around a commit. */
export const fatedDatabase = (database: Database, reach: Reach): Database => ({
  ...database,
  query: async <T>(statement: Parameters<Queryable['query']>[0], values?: readonly unknown[]) => {
    const result = await database.query<T>(statement, values);
    if (statement.name === 'outbox_mark') await reach('after it marked a batch');
    return result;
  },
  transaction: async (work) => {
    const value = await database.transaction(async (tx) => {
      const done = await work(tx);
      await reach('before it commits a batch');
      return done;
    });
    await reach('after it committed a batch');
    return value;
  },
});
