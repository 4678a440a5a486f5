import type { EventBus } from '@countersign/event-bus';
import { kafkaClient } from './client.js';
import { DEFAULT_TIMING, type KafkaBusOptions } from './connection.js';
import { Overseer } from './overseer.js';
import { Publisher } from './publisher.js';
import { KafkaSubscription } from './subscription.js';
import { TopicGuard } from './topic-guard.js';

export type { KafkaBusOptions, KafkaConnection, KafkaTiming } from './connection.js';
export { declare, type Declaration, type DeclarationOptions } from './declaration.js';
export { applyKafka, checkKafka, type Difference, type Report } from './provision.js';
export { TopicRefused, type KafkaRefusal } from './topic-guard.js';
export { PublishTimedOut } from './publisher.js';

/** The port, and what only Kafka can be asked. */
export interface KafkaBus extends EventBus {
  /**
   * Looks whether a topic keeps what it acknowledges, before anything depends on it.
   * @throws TopicRefused, or what the connection failed with
   */
  admit(topic: string): Promise<void>;
}

/**
 * The event bus on Apache Kafka: `topic` of the port is `prefix + topic` there, keyed by tenant. Connects on first use. A position
 * is kept by its consumer; Kafka's own offsets are a hint for dashboards.
 */
export function kafkaBus(options: KafkaBusOptions): KafkaBus {
  const { prefix, log, unreplicated = false } = options;
  const timing = { ...DEFAULT_TIMING, ...options.timing };
  const kafka = kafkaClient(options, timing.request, log);
  const overseer = new Overseer(kafka);
  const guard = new TopicGuard(overseer, unreplicated);
  const publisher = new Publisher(kafka, guard, timing.publishDeadline);
  const subscriptions = new Set<KafkaSubscription>();
  return {
    admit: async (topic) => void (await guard.admit(prefix + topic)),
    publish: (topic, messages) => publisher.publish(prefix + topic, messages),
    subscribe: (subscribed) => {
      const { topic, consumer } = subscribed;
      const names = { topic: prefix + topic, group: `${prefix}${consumer}.${topic}` };
      const subscription = new KafkaSubscription({ kafka, overseer, timing, ...names }, subscribed);
      subscriptions.add(subscription);
      const stop = async (): Promise<void> => {
        subscriptions.delete(subscription);
        await subscription.stop();
      };
      return { stop, stalled: subscription.stalled };
    },
    close: async () => {
      await Promise.all([...subscriptions].map((subscription) => subscription.stop()));
      await Promise.all([publisher.close(), overseer.close()]);
    },
  };
}
