import { consumeEvents } from '@countersign/audit';
import { makeLeaf } from '@countersign/contracts';
import { createDatabase } from '@countersign/database';
import type { EventBus } from '@countersign/event-bus';
import { kafkaBus } from '@countersign/event-bus-kafka';
import { OutboxRelay } from '@countersign/outbox';
import { createLog } from '@countersign/platform';
import { Erasing, type ServiceBase } from '@countersign/service-base';
import { fateOf, fatedBus, fatedDatabase, tell } from './fated.js';
import { PIPE_PREFIX, type Part, type ReaderPart, type RelayPart } from './options.js';

// One part of the way from the outboxes to the log as a process of its own, made of what the services are made of, and killed
// by tests. What hits it at a step wraps its database and its bus: the product knows nothing of it.

/** A dead leader is replaced soon; the least that brokers of tests accept before they give up a dead reader. */
const LEASE_MS = 1_000;
const TIMING = { session: 2_000, rebalance: 3_000 };

const part = JSON.parse(process.argv[2]!) as Part;
const reach = fateOf(part.fate);
const log = createLog('silent');

function openBus({ brokers, unreplicated }: Part): EventBus {
  const timing = part.part === 'reader' ? TIMING : {};
  return kafkaBus({ brokers, clientId: part.part, prefix: PIPE_PREFIX, unreplicated, log, timing });
}

function startRelay({ source, databaseUrl }: RelayPart): void {
  const database = createDatabase({ url: databaseUrl, schema: source, max: 2 });
  const bus = fatedBus(openBus(part), reach);
  new OutboxRelay({ service: source, database: fatedDatabase(database, reach), bus, log, leaseMs: LEASE_MS });
}

/** Reads the topics that are written; of the other topics audit reads there are none here. */
function startReader({ sources, databaseUrl }: ReaderPart): void {
  const database = fatedDatabase(createDatabase({ url: databaseUrl, schema: 'audit' }), reach);
  const bus = fatedBus(openBus(part), reach);
  const isWritten = (topic: string): boolean => sources.some((source) => source === topic);
  const some: EventBus = {
    ...bus,
    subscribe: (options) => (isWritten(options.topic) ? bus.subscribe(told(options)) : NONE),
  };
  const leaf: ServiceBase['leaf'] = (fields) => makeLeaf({ ...fields, source: 'audit' });
  consumeEvents(some, database, new Erasing(database, { leaf, wake: () => undefined }), log);
}

const NONE = { stop: () => Promise.resolve(), stalled: () => undefined };

const told = (options: Parameters<EventBus['subscribe']>[0]): typeof options => ({
  ...options,
  onError: (error) => {
    const { code, name } = error as { code?: string; name?: string };
    void tell({ met: String(code ?? name) });
    options.onError?.(error);
  },
});

if (part.part === 'relay') startRelay(part);
else startReader(part);
process.once('disconnect', () => process.exit(0));
await tell({ running: true });
