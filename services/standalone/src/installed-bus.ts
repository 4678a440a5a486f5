import { existsSync, readFileSync } from 'node:fs';
import { startKafka, type KafkaCluster } from '@countersign/kafka-broker';
import { StartRefused, writeSecret, type DataDir } from './data-dir.js';

/** Few, so that a machine of two cores has an easy time, and more than one, so that they are tried. */
const PARTITIONS = 3;
const PREFIX = 'countersign.';

const fileIn = (data: DataDir): string => data.file('kafka', 'brokers');

/** What services are told of the bus of this installation; nothing where it is in PostgreSQL. */
export const busSettingsOf = (data: DataDir): Record<string, unknown> =>
  existsSync(fileIn(data))
    ? {
        kafkaBrokers: readFileSync(fileIn(data), 'utf8').trim(),
        kafkaTls: 'off',
        kafkaTopicPrefix: PREFIX,
        kafkaReplication: 'development',
      }
    : {};

/**
 * An installation stays on the bus it began with: positions are counted there, and what waits there is read there.
 * @throws StartRefused
 */
export function requireSameBus(data: DataDir, kafka: boolean): void {
  const onKafka = existsSync(fileIn(data));
  if (onKafka && !kafka) throw new StartRefused(`the events of ${data.path} are in Kafka: start it with --kafka`);
  if (kafka && !onKafka && existsSync(data.postgres))
    throw new StartRefused(`the events of ${data.path} are in PostgreSQL: --kafka takes another --data-dir`);
}

/** Starts a broker whose log lies in the data directory, and brings its topics up to date. */
export async function startInstalledKafka(data: DataDir): Promise<KafkaCluster> {
  const { applyKafka, declare } = await import('@countersign/event-bus-kafka');
  const kafka = await startKafka({ folder: data.file('kafka', 'cluster') });
  try {
    const brokers = kafka.addresses;
    const principal = (service: string): string => `User:${service}`;
    await applyKafka(
      { brokers, clientId: 'countersign-start' },
      declare({ prefix: PREFIX, partitions: PARTITIONS, development: true, principal }),
    );
    writeSecret(fileIn(data), `${brokers.join(',')}\n`);
    return kafka;
  } catch (error) {
    await kafka.stop();
    throw error;
  }
}
