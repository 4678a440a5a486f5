import { readsTopic } from '@countersign/contracts';
import type { Database } from '@countersign/database';
import { BusHalted, type EventBus, type HaltCode, type SubscribeOptions } from '@countersign/event-bus';
import type { KafkaConnection } from '@countersign/event-bus-kafka';
import { postgresBus } from '@countersign/event-bus-postgres';
import { SettingsError, variableOf, type baseSettings, type ServiceRuntime } from '@countersign/platform';
import type { z } from 'zod';
import { kafkaConnectionOf } from './kafka-connection.js';

type Runtime = ServiceRuntime<z.output<typeof baseSettings>>;

/**
 * Opens the event bus the settings name, and closes it when the service stops.
 * @throws SettingsError when the settings contradict each other, or Kafka would not keep what this service writes
 */
export async function openBus(
  runtime: Runtime,
  database: Database,
  relay: Database,
): Promise<{ reads: EventBus; writes: EventBus }> {
  const connection = kafkaConnectionOf(runtime.settings, runtime.name);
  if (!connection) {
    const reads = postgresBus(database);
    runtime.onStop(() => reads.close());
    return { reads: observed(runtime, reads), writes: postgresBus(relay) };
  }
  const bus = await openKafka(runtime, connection);
  return { reads: observed(runtime, bus), writes: bus };
}

/**
 * Loaded when it is chosen, as drivers of key stores are. Brokers that do not answer stop no start: nobody waits for them, and the
 * topic is looked at again before the first write.
 */
async function openKafka(runtime: Runtime, connection: KafkaConnection): Promise<EventBus> {
  const { kafkaBus, TopicRefused } = await import('@countersign/event-bus-kafka');
  const { settings, name, log } = runtime;
  const unreplicated = settings.kafkaReplication === 'development';
  const bus = kafkaBus({ ...connection, prefix: settings.kafkaTopicPrefix, unreplicated, log });
  runtime.onStop(() => bus.close());
  try {
    await bus.admit(name);
  } catch (error) {
    if (error instanceof TopicRefused)
      throw new SettingsError([`${variableOf('kafkaBrokers')}: ${error.message} (${error.code})`]);
    log.warn('bus.not_reached', { service: name, error });
  }
  return bus;
}

/** A service reads what the contracts say it reads; a partition that halts is told to who watches the metrics, until it goes on. */
function observed({ name, log, metrics }: Runtime, bus: EventBus): EventBus {
  const subscribe = (options: SubscribeOptions): ReturnType<EventBus['subscribe']> => {
    const { topic } = options;
    if (!readsTopic(name, topic)) throw new TypeError(`${name} does not read the topic ${topic}: see TOPICS_READ`);
    const halted = new Map<number, HaltCode>();
    const onHalt = (partition: number, code?: HaltCode): void => {
      const before = halted.get(partition);
      if (code) halted.set(partition, code);
      else halted.delete(partition);
      for (const each of new Set([before, code]))
        if (each)
          metrics.busHalted.set({ service: name, topic, code: each }, [...halted.values()].includes(each) ? 1 : 0);
      if (before && !code) log.warn('bus.left_halt', { service: name, topic, partition, code: before });
      options.onHalt?.(partition, code);
    };
    const onError = (error: unknown): void => {
      if (error instanceof BusHalted)
        log.error('bus.halted', { service: name, topic, code: error.code, reason: error.message });
      options.onError?.(error);
    };
    return bus.subscribe({ ...options, onError, onHalt });
  };
  return { publish: bus.publish, subscribe, close: bus.close };
}
