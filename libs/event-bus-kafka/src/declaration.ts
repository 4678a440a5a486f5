import { SERVICES, TOPICS_READ, type ServiceName } from '@countersign/contracts';

export interface DeclaredTopic {
  name: string;
  partitions: number;
  replicas: number;
  /** Only these settings; whatever else a topic has goes back to the brokers' defaults. */
  configuration: Readonly<Record<string, string>>;
}

export type Operation = 'READ' | 'WRITE' | 'DESCRIBE' | 'DESCRIBE_CONFIGS';

export interface Permission {
  principal: string;
  resource: 'topic' | 'group';
  name: string;
  operation: Operation;
}

/** What Kafka is to hold for an installation. */
export interface Declaration {
  topics: readonly DeclaredTopic[];
  permissions: readonly Permission[];
}

/** What installations differ in. */
export interface DeclarationOptions {
  /** As the services' setting `kafkaTopicPrefix`. */
  prefix: string;
  /** Of each topic; it cannot change later, since a tenant's events would no longer be in one order. */
  partitions: number;
  /** One replica instead of three. */
  development: boolean;
  /** The name Kafka knows a service by. */
  principal: (service: ServiceName) => string;
}

const DAY_MS = 86_400_000;
/** A reader that was away for longer finds a gap and stops there. */
const RETENTION_DAYS = 14;
/** One record is at most a leaf of 64 KiB and its sealed fields; a batch is this. */
const MAX_BATCH_BYTES = 1_048_588;

const configuration = (development: boolean): Record<string, string> => ({
  'cleanup.policy': 'delete',
  'compression.type': 'producer',
  'max.message.bytes': String(MAX_BATCH_BYTES),
  'message.timestamp.type': 'LogAppendTime',
  'min.insync.replicas': development ? '1' : '2',
  'retention.ms': String(RETENTION_DAYS * DAY_MS),
  'unclean.leader.election.enable': 'false',
});

/** A topic for each service, written by it alone and read by whom the contracts name. */
export function declare({ prefix, partitions, development, principal }: DeclarationOptions): Declaration {
  const topics = SERVICES.map((service) => ({
    name: prefix + service,
    partitions,
    replicas: development ? 1 : 3,
    configuration: configuration(development),
  }));
  const on = (service: ServiceName, resource: Permission['resource'], name: string, ...operations: Operation[]) =>
    operations.map((operation) => ({ principal: principal(service), resource, name, operation }));
  const permissions = SERVICES.flatMap((service) => [
    ...on(service, 'topic', prefix + service, 'WRITE', 'DESCRIBE', 'DESCRIBE_CONFIGS'),
    ...(TOPICS_READ[service] ?? []).flatMap((topic) => [
      ...on(service, 'topic', prefix + topic, 'READ', ...(topic === service ? [] : (['DESCRIBE'] as const))),
      ...on(service, 'group', `${prefix}${service}.${topic}`, 'READ'),
    ]),
  ]);
  return { topics, permissions };
}
