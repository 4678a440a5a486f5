import { setTimeout as sleep } from 'node:timers/promises';
import type { Report } from '@countersign/event-bus-kafka';
import { kafkaConnectionOf } from '@countersign/service-base';
import { CommandFailed } from '../command.js';
import type { House } from '../house.js';

/** What is told of Kafka by a service's settings; every service has the same. */
interface KafkaOfServices {
  kafkaBrokers: string;
  kafkaTls: 'required' | 'off';
  kafkaCaFile?: string;
  kafkaUsername?: string;
  kafkaTopicPrefix: string;
  kafkaReplication: 'required' | 'development';
}

/** Who administers Kafka, by admin.env. */
interface KafkaOfAdmin {
  kafkaUsername?: string;
  kafkaPasswordFile?: string;
  kafkaPartitions: number;
  kafkaPrincipal: string;
}

/**
 * Topics and permissions in Kafka, as `kafka topics apply` brings them; nothing where the bus is in PostgreSQL, or where
 * services log in at Kafka and nobody is named who may administer it.
 *
 * @param waitSeconds how long the brokers may take to answer
 * @throws CommandFailed when Kafka does not answer, or is not as declared afterwards
 */
export async function prepareKafka(
  house: House,
  waitSeconds: number,
  note: (line: string) => void,
): Promise<Report | undefined> {
  const services = house.settingsOf('tenant') as unknown as KafkaOfServices;
  if (services.kafkaBrokers === '') return undefined;
  const admin = house.adminSettings() as unknown as KafkaOfAdmin;
  if (services.kafkaUsername !== undefined && admin.kafkaUsername === undefined) {
    note('Kafka: left to whoever administers it: admin.env names no COUNTERSIGN_KAFKA_USERNAME');
    return undefined;
  }
  const { kafkaUsername, kafkaPasswordFile, kafkaPartitions, kafkaPrincipal } = admin;
  const connection = kafkaConnectionOf({ ...services, kafkaUsername, kafkaPasswordFile }, 'cli')!;
  const { applyKafka, declare } = await import('@countersign/event-bus-kafka');
  const development = services.kafkaReplication === 'development';
  const declaration = declare({
    prefix: services.kafkaTopicPrefix,
    partitions: kafkaPartitions,
    development,
    principal: (service) => kafkaPrincipal.replaceAll('{service}', service),
  });
  const report = await answered(() => applyKafka(connection, declaration), waitSeconds, note);
  const permissions = report.done.filter((line) => line.startsWith('allowed '));
  for (const line of report.done) if (!permissions.includes(line)) note(`Kafka: ${line}`);
  if (permissions.length > 0) note(`Kafka: ${permissions.length} permissions were missing and are there now`);
  const wrong = report.differences.filter(({ what }) => !(development && what === 'permissions'));
  if (wrong.length > 0)
    throw new CommandFailed(`Kafka: ${wrong.map(({ what, problem }) => `${what}: ${problem}`).join('; ')}`);
  note('Kafka: topics, their settings and permissions are as declared');
  return report;
}

const PAUSE_MS = 2_000;
/** What kafkajs calls brokers that are not there, or not yet. */
const NOT_YET = [
  'KafkaJSConnectionError',
  'KafkaJSConnectionClosedError',
  'KafkaJSNumberOfRetriesExceeded',
  'KafkaJSRequestTimeoutError',
  'KafkaJSBrokerNotFound',
];

/** Repeats until brokers answer. Whatever the client complains of names brokers and permissions, and no secret. */
async function answered(work: () => Promise<Report>, seconds: number, note: (line: string) => void): Promise<Report> {
  let told = false;
  for (const end = Date.now() + seconds * 1_000; ; await sleep(PAUSE_MS)) {
    try {
      return await work();
    } catch (error) {
      const { name, message } = error instanceof Error ? error : new Error('unknown reason');
      if (!NOT_YET.includes(name) || Date.now() + PAUSE_MS > end) throw new CommandFailed(`Kafka: ${message}`);
      if (!told) note(`Kafka does not answer yet: ${message}`);
      told = true;
    }
  }
}
