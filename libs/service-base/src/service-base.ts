import { tenant, makeLeaf, type EventFields, type Leaf } from '@countersign/contracts';
import { createDatabase, type Database } from '@countersign/database';
import type { EventBus } from '@countersign/event-bus';
import { PLATFORM_TENANT } from '@countersign/kernel';
import { OutboxRelay, type ManifestLog } from '@countersign/outbox';
import { type ServiceRuntime, type baseSettings } from '@countersign/platform';
import type { z } from 'zod';
import { openBus } from './bus.js';
import { databaseUrlFrom } from './database-url.js';
import { manifestLog } from './manifest-log.js';
import { SnapshotStore } from './snapshot-store.js';
import { TrustedKeys } from './trusted-keys.js';

export type SourceFields = Omit<EventFields, 'source'>;

/** What it takes to write an event beside a change. */
export interface EventWriter {
  database: Database;
  /** A leaf of this source, to be appended in the transaction of the change. */
  leaf(fields: SourceFields): Leaf;
  /** Tells the relay that an event was committed; it would find it within 250 ms anyway. */
  wake(): void;
}

/** What every service with a schema stands on. */
export interface ServiceBase extends EventWriter {
  snapshots: SnapshotStore;
  bus: EventBus;
  /** Writes one event in a transaction of its own: for refusals that change nothing else. */
  record(fields: SourceFields, sealed?: Uint8Array): Promise<void>;
  /** Runs `work` now, then again every `ms` until the service stops; a failure is logged and does not end it. */
  every(ms: number, work: () => Promise<void>): Promise<void>;
}

type BaseSettings = z.output<typeof baseSettings>;

export interface BaseOptions {
  /** Whether snapshots of tenants are followed. */
  follow?: boolean;
  /** Who is asked whether audit has what was written; audit's own service unless told. */
  manifests?(writer: EventWriter): ManifestLog;
}

const APPEND = { name: 'outbox_append', text: 'select outbox_append($1, $2, $3, $4, $5)' };

/** Opens pool, outbox relay and snapshots, and closes them in order when the service stops. */
export async function openServiceBase(
  runtime: ServiceRuntime<BaseSettings>,
  { follow = true, manifests = () => manifestLog(runtime) }: BaseOptions = {},
): Promise<ServiceBase> {
  const { settings, log, name } = runtime;
  const onIdleError = (error: Error): void => log.warn('database.connection_lost', { error });
  const database = createDatabase({
    url: databaseUrlFrom('databaseUrlFile', settings.databaseUrlFile, log),
    schema: name,
    max: settings.databaseConnections,
    onIdleError,
  });
  runtime.onStop(() => database.close());
  const relayUrl = databaseUrlFrom('relayUrlFile', settings.relayUrlFile, log);
  const relay = createDatabase({ url: relayUrl, schema: name, max: 2, onIdleError });
  runtime.onStop(() => relay.close());
  const { reads: bus, writes } = await openBus(runtime, database, relay);
  const leaf = (fields: SourceFields): Leaf => makeLeaf({ ...fields, source: name });
  const wake = (): void => outbox.wake();
  const outbox: OutboxRelay = new OutboxRelay({
    service: name,
    database: relay,
    bus: writes,
    log,
    onBacklog: (backlog) => report(runtime, backlog),
    manifests: {
      log: manifests({ database, leaf, wake }),
      alarm: log,
      onState: ({ uncoveredSeconds }) =>
        runtime.metrics.outboxUncoveredSeconds.set({ service: name }, uncoveredSeconds),
      onMissing: (count) => runtime.metrics.outboxMissing.inc({ service: name }, count),
    },
  });
  runtime.onStop(() => outbox.stop());
  const record = async (fields: SourceFields, sealed?: Uint8Array): Promise<void> => {
    const { eventId, tenant: of, type, leaf: bytes } = leaf(fields);
    await database.query(APPEND, [eventId, of, type, Buffer.from(bytes), sealed ? Buffer.from(sealed) : null]);
    wake();
  };
  recordRefusedCalls(runtime, record);

  const snapshots = new SnapshotStore(
    database,
    runtime.client(tenant.TenantServiceService),
    new TrustedKeys(settings.snapshotKeysFile),
    log,
    (sequence) => runtime.metrics.snapshotSequence.set({ service: name }, Number(sequence)),
  );
  if (follow) {
    await snapshots.start();
    runtime.health.require('snapshots', snapshots.ready);
    runtime.onStop(() => snapshots.stop());
  }
  return { database, snapshots, bus, leaf, record, wake, every: repeater(runtime) };
}

/** A refused call concerns no tenant: it stands in the platform's own log. */
function recordRefusedCalls(runtime: ServiceRuntime, record: ServiceBase['record']): void {
  const logged = runtime.onRefusedCall;
  runtime.onRefusedCall = (call) => {
    logged(call);
    const { caller, path, requestId: request, code } = call;
    record({
      type: 'call.refused',
      tenant: PLATFORM_TENANT,
      outcome: 'refused',
      code,
      request,
      facts: { caller, method: path },
    }).catch((error: unknown) => runtime.log.error('call.refusal_not_recorded', { requestId: request, error }));
  };
}

function report(runtime: ServiceRuntime, { unsent, oldestSeconds }: { unsent: number; oldestSeconds: number }): void {
  runtime.metrics.outboxUnsent.set({ service: runtime.name }, unsent);
  runtime.metrics.outboxOldestSeconds.set({ service: runtime.name }, oldestSeconds);
}

function repeater(runtime: ServiceRuntime): ServiceBase['every'] {
  return async (ms, work) => {
    await work();
    const timer = setInterval(() => {
      work().catch((error: unknown) => runtime.log.error('background.failed', { service: runtime.name, error }));
    }, ms);
    runtime.onStop(() => clearInterval(timer));
  };
}
