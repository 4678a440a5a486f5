import { consumeEvents } from '@countersign/audit';
import { makeLeaf } from '@countersign/contracts';
import { createDatabase, type Database } from '@countersign/database';
import type { EventBus } from '@countersign/event-bus';
import { kafkaBus } from '@countersign/event-bus-kafka';
import { postgresBus } from '@countersign/event-bus-postgres';
import { OutboxRelay, appendEvent } from '@countersign/outbox';
import { createLog } from '@countersign/platform';
import { Erasing, type ServiceBase } from '@countersign/service-base';
import { leafOf } from './leaves.js';
import { BENCH_PREFIX, type PipeSettings, type SteadyQuestion } from './protocol.js';

// The measured process: a source with its relay and the reader of audit, made of what the services are made of.
const settings = JSON.parse(process.argv[2]!) as PipeSettings;
const log = createLog('silent');
const { source } = settings;
const own = createDatabase({ url: settings.databaseUrl, schema: source, max: 8 });
const relay = createDatabase({ url: settings.relayUrl, schema: source, max: 2 });
const audit = createDatabase({ url: settings.auditUrl, schema: 'audit', max: 4 });

const busOn = (database: Database): EventBus =>
  settings.driver === 'postgres'
    ? postgresBus(database)
    : kafkaBus({ brokers: settings.brokers, clientId: 'bench', prefix: BENCH_PREFIX, unreplicated: true, log });

const outbox = new OutboxRelay({ service: source, database: relay, bus: busOn(relay), log });
const reads = busOn(audit);
const NONE = { stop: () => Promise.resolve(), stalled: () => undefined };
const some: EventBus = {
  ...reads,
  subscribe: (options) => (options.topic === source ? reads.subscribe(options) : NONE),
};
const leaf: ServiceBase['leaf'] = (fields) => makeLeaf({ ...fields, source: 'audit' });
consumeEvents(some, audit, new Erasing(audit, { leaf, wake: () => undefined }), log);

/** Open load: an event is due whether or not the ones before are committed. */
async function steady({ perSecond, seconds }: SteadyQuestion): Promise<void> {
  const [began, running]: [number, Promise<void>[]] = [performance.now(), []];
  for (let n = 0; n < perSecond * seconds; n++) {
    const wait = began + (n * 1_000) / perSecond - performance.now();
    if (wait > 1) await new Promise((resolve) => setTimeout(resolve, wait));
    running.push(commit(n));
  }
  await Promise.all(running);
}

async function commit(n: number): Promise<void> {
  await appendEvent(own, leafOf(source, n));
  outbox.wake();
}

process.on('message', (question: SteadyQuestion) => void steady(question).then(() => process.send!('done')));
process.once('disconnect', () => process.exit(0));
process.send!('started');
