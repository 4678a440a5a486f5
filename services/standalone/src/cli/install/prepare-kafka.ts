import { applyKafka, declare, type Report } from '@countersign/event-bus-kafka';
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
 * @throws CommandFailed when Kafka does not answer, or is not as declared afterwards
 */
export async function prepareKafka(house: House, note: (line: string) => void): Promise<Report | undefined> {
  const services = house.settingsOf('tenant') as unknown as KafkaOfServices;
  if (services.kafkaBrokers === '') return undefined;
  const admin = house.adminSettings() as unknown as KafkaOfAdmin;
  if (services.kafkaUsername !== undefined && admin.kafkaUsername === undefined) {
    note('Kafka: left to whoever administers it: admin.env names no COUNTERSIGN_KAFKA_USERNAME');
    return undefined;
  }
  const { kafkaUsername, kafkaPasswordFile, kafkaPartitions, kafkaPrincipal } = admin;
  const connection = kafkaConnectionOf({ ...services, kafkaUsername, kafkaPasswordFile }, 'cli')!;
  const development = services.kafkaReplication === 'development';
  const report = await applyKafka(
    connection,
    declare({
      prefix: services.kafkaTopicPrefix,
      partitions: kafkaPartitions,
      development,
      principal: (service) => kafkaPrincipal.replaceAll('{service}', service),
    }),
  ).catch((error: unknown) => {
    throw new CommandFailed(`Kafka: ${error instanceof Error ? error.message : 'unknown reason'}`);
  });
  for (const line of report.done) note(`Kafka: ${line}`);
  const wrong = report.differences.filter(({ what }) => !(development && what === 'permissions'));
  if (wrong.length > 0)
    throw new CommandFailed(`Kafka: ${wrong.map(({ what, problem }) => `${what}: ${problem}`).join('; ')}`);
  note('Kafka: topics, their settings and permissions are as declared');
  return report;
}
