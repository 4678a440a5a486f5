import { setTimeout as sleep } from 'node:timers/promises';
import kafkajs, { type Admin } from 'kafkajs';
import { kafkaClient } from './client.js';
import { DEFAULT_TIMING, type KafkaConnection } from './connection.js';
import type { Declaration, DeclaredTopic, Permission } from './declaration.js';
import type { ClusterFacts } from './metadata-request.js';
import { Overseer } from './overseer.js';
import { differencesOf, missingOf, permissionsOf } from './permissions.js';

/** How long brokers may take to tell of what was made or changed. */
const SETTLE_MS = 15_000;

/** One thing that is not as declared. */
export interface Difference {
  /** A topic, or who may do what. */
  what: string;
  problem: string;
  /** Whether `apply` mends it. */
  mendable: boolean;
}

/** What comparing Kafka with its declaration came to. */
export interface Report {
  /** What was changed; empty for `check`. */
  done: string[];
  /** What is not as declared, after that. */
  differences: Difference[];
}

interface Work {
  admin: Admin;
  overseer: Overseer;
}

/** Compares Kafka with the declaration and changes nothing. */
export const checkKafka = (connection: KafkaConnection, declaration: Declaration): Promise<Report> =>
  working(connection, async (work) => ({ done: [], differences: await compare(work, declaration) }));

/** Brings what is missing, and settings that differ. Nothing is deleted: what somebody else may do is told, not taken away. */
export const applyKafka = (connection: KafkaConnection, declaration: Declaration): Promise<Report> =>
  working(connection, async (work) => {
    const done = [
      ...(await createTopics(work, declaration.topics)),
      ...(await configure(work, declaration.topics)),
      ...(await permit(work, declaration.permissions)),
    ];
    return { done, differences: await afterAMoment(() => compare(work, declaration)) };
  });

async function working<T>(connection: KafkaConnection, task: (work: Work) => Promise<T>): Promise<T> {
  const kafka = kafkaClient(connection, DEFAULT_TIMING.request);
  const work = { admin: kafka.admin(), overseer: new Overseer(kafka) };
  try {
    await work.admin.connect();
    return await task(work);
  } finally {
    await Promise.allSettled([work.admin.disconnect(), work.overseer.close()]);
  }
}

async function compare(work: Work, { topics, permissions }: Declaration): Promise<Difference[]> {
  const found: Difference[] = [];
  for (const topic of topics) found.push(...(await topicDifferences(work, topic)));
  return [...found, ...differencesOf(permissions, await permissionsOf(work.admin, topics, permissions))];
}

/** What was brought just now the controller has accepted; the broker that is asked hears of it a moment later. */
export async function afterAMoment(look: () => Promise<Difference[]>, limitMs = SETTLE_MS): Promise<Difference[]> {
  for (const end = performance.now() + limitMs; ; await sleep(50)) {
    const differences = await look();
    if (performance.now() > end || !differences.some(({ mendable }) => mendable)) return differences;
  }
}

async function topicDifferences(work: Work, declared: DeclaredTopic): Promise<Difference[]> {
  const what = `topic ${declared.name}`;
  const { topic } = await work.overseer.facts(declared.name);
  if (!topic) return [{ what, problem: 'is missing', mendable: true }];
  const count = topic.partitions.length;
  const replicas = Math.min(...topic.partitions.map((partition) => partition.replicas));
  const wrong = await wrongSettings(work, declared);
  return [
    ...(count === declared.partitions
      ? []
      : [{ what, problem: `has ${count} partitions, not ${declared.partitions}`, mendable: false }]),
    ...(replicas >= declared.replicas
      ? []
      : [{ what, problem: `has ${replicas} replicas, not ${declared.replicas}`, mendable: false }]),
    ...wrong.map((problem) => ({ what, problem, mendable: true })),
  ];
}

async function wrongSettings({ overseer }: Work, { name, configuration }: DeclaredTopic): Promise<string[]> {
  const there = await overseer.configuration(name);
  return Object.entries(configuration)
    .filter(([key, value]) => there.get(key) !== value)
    .map(([key, value]) => `${key} is ${there.get(key)}, not ${value}`);
}

async function createTopics({ admin, overseer }: Work, topics: readonly DeclaredTopic[]): Promise<string[]> {
  const created: string[] = [];
  for (const { name, partitions, replicas, configuration } of topics) {
    if ((await overseer.facts(name)).topic) continue;
    const configEntries = Object.entries(configuration).map(([key, value]) => ({ name: key, value }));
    const wanted = { topic: name, numPartitions: partitions, replicationFactor: replicas, configEntries };
    await admin.createTopics({ topics: [wanted], waitForLeaders: false });
    await settled(() => overseer.facts(name), partitions);
    created.push(`created topic ${name}`);
  }
  return created;
}

/** Waits until a broker tells of all partitions: kafkajs, asked to wait, fails where it hears of a topic too late. */
async function settled(facts: () => Promise<ClusterFacts>, partitions: number): Promise<void> {
  const end = performance.now() + SETTLE_MS;
  while ((await facts()).topic?.partitions.length !== partitions && performance.now() < end) await sleep(50);
}

async function configure(work: Work, topics: readonly DeclaredTopic[]): Promise<string[]> {
  const changed: string[] = [];
  for (const topic of topics) {
    if ((await wrongSettings(work, topic)).length === 0) continue;
    const configEntries = Object.entries(topic.configuration).map(([name, value]) => ({ name, value }));
    const resource = { type: kafkajs.ConfigResourceTypes.TOPIC, name: topic.name, configEntries };
    await work.admin.alterConfigs({ validateOnly: false, resources: [resource] });
    changed.push(`configured topic ${topic.name}`);
  }
  return changed;
}

async function permit({ admin }: Work, permissions: readonly Permission[]): Promise<string[]> {
  const held = await permissionsOf(admin, [], permissions);
  if (held === 'nobody asks') return [];
  const missing = missingOf(permissions, held);
  if (missing.length === 0) return [];
  const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;
  const acl = missing.map(({ principal, resource, name, operation }) => ({
    principal,
    host: '*',
    operation: AclOperationTypes[operation],
    permissionType: AclPermissionTypes.ALLOW,
    resourceType: resource === 'topic' ? AclResourceTypes.TOPIC : AclResourceTypes.GROUP,
    resourceName: name,
    resourcePatternType: ResourcePatternTypes.LITERAL,
  }));
  await admin.createAcls({ acl });
  return missing.map(
    ({ principal, operation, resource, name }) => `allowed ${principal} ${operation} on ${resource} ${name}`,
  );
}
