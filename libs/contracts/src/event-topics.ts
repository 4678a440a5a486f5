import { SERVICES, type ServiceName } from './topology.js';

/**
 * Whose events a service reads, besides its own writing: the one table behind subscriptions, the rights of the database roles on
 * the bus and the permissions in Kafka. Every service writes one topic, named after it, and nobody else may.
 */
export const TOPICS_READ: Partial<Record<ServiceName, readonly ServiceName[]>> = {
  /** Keeps all of them. */
  audit: SERVICES,
  /** What was usual for a subject: sessions, refused authentications, enrolled credentials, erasures. */
  risk: ['session', 'verification', 'enrollment'],
  /** When a credential was used; who has confirmed an erasure. */
  enrollment: ['session', 'risk', 'audit'],
  /** Whose sessions are to be erased. */
  session: ['enrollment'],
};

/** Services that read the events of some topic. */
export const CONSUMERS: readonly ServiceName[] = SERVICES.filter((name) => TOPICS_READ[name] !== undefined);

/** Whether a service may read a topic. */
export const readsTopic = (service: ServiceName, topic: string): boolean =>
  (TOPICS_READ[service] as readonly string[] | undefined)?.includes(topic) ?? false;
