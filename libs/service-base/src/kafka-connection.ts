import { readFileSync } from 'node:fs';
import type { KafkaConnection } from '@countersign/event-bus-kafka';
import { SettingsError, readSecretFile, variableOf } from '@countersign/platform';

/** The settings of a connection to Kafka, as `baseSettings` reads them. */
export interface KafkaConnectionSettings {
  kafkaBrokers: string;
  kafkaTls: 'required' | 'off';
  kafkaCaFile?: string | undefined;
  kafkaUsername?: string | undefined;
  kafkaPasswordFile?: string | undefined;
}

const LOOPBACK = /^(127(\.\d+){3}|\[::1\]|localhost):\d+$/;

/** Whether all brokers of the list are on this machine. */
export const isLoopback = (brokers: string): boolean => brokers.split(',').every((broker) => LOOPBACK.test(broker));

/**
 * Reads the files that the settings name.
 * @returns undefined without brokers: the bus is elsewhere
 * @throws SettingsError for plain text off loopback, for a user without a password or the other way round, for a bad file
 */
export function kafkaConnectionOf(settings: KafkaConnectionSettings, clientId: string): KafkaConnection | undefined {
  const { kafkaBrokers, kafkaTls, kafkaCaFile, kafkaUsername, kafkaPasswordFile } = settings;
  if (kafkaBrokers === '') return undefined;
  const brokers = kafkaBrokers.split(',');
  if (kafkaTls === 'off' && !isLoopback(kafkaBrokers)) throw refused('kafkaTls', 'off is for brokers on loopback only');
  if ((kafkaUsername === undefined) !== (kafkaPasswordFile === undefined))
    throw refused('kafkaUsername', `${variableOf('kafkaPasswordFile')} belongs to it: both or none`);
  return {
    brokers,
    clientId: `countersign-${clientId}`,
    ...(kafkaTls === 'required' && { tls: kafkaCaFile === undefined ? {} : { ca: readCertificates(kafkaCaFile) } }),
    ...(kafkaUsername !== undefined && {
      user: { name: kafkaUsername, password: readSecretFile('kafkaPasswordFile', kafkaPasswordFile!) },
    }),
  };
}

function readCertificates(file: string): string {
  let text = '';
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw refused('kafkaCaFile', `cannot read ${file} (${(error as NodeJS.ErrnoException).code})`);
  }
  if (!text.includes('-----BEGIN CERTIFICATE-----')) throw refused('kafkaCaFile', `${file} holds no certificate`);
  return text;
}

const refused = (setting: string, problem: string): SettingsError =>
  new SettingsError([`${variableOf(setting)}: ${problem}`]);
