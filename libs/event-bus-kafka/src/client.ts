import kafkajs, { type Kafka as KafkaClient, type KafkaConfig, type logCreator } from 'kafkajs';
import { registerCodecs } from './codecs.js';
import type { KafkaBusOptions, KafkaConnection } from './connection.js';
import { mendClient } from './mended.js';

const { Kafka, logLevel } = kafkajs;

registerCodecs();
mendClient();

/** After a request timed out kafkajs asks for no new metadata: a leader that died is learnt of by their age. */
export const METADATA_MAX_AGE_MS = 2_000;
const CONNECT_MS = 3_000;

/** A client of kafkajs as this adapter uses it. */
export function kafkaClient(
  { brokers, tls, user, clientId }: KafkaConnection,
  requestMs: number,
  log?: KafkaBusOptions['log'],
): KafkaClient {
  const config: KafkaConfig = {
    brokers: [...brokers],
    clientId,
    connectionTimeout: CONNECT_MS,
    authenticationTimeout: requestMs,
    requestTimeout: requestMs,
    retry: { retries: 2, initialRetryTime: 100, maxRetryTime: 1_000 },
    logLevel: log ? logLevel.WARN : logLevel.NOTHING,
    ...(tls && { ssl: { rejectUnauthorized: true, ...(tls.ca !== undefined && { ca: [tls.ca] }) } }),
    ...(user && { sasl: { mechanism: 'scram-sha-512', username: user.name, password: user.password } }),
    ...(log && { logCreator: relayed(log) }),
  };
  return new Kafka(config);
}

/** The sentence of kafkajs; its other fields may quote what was sent. */
const relayed =
  (log: KafkaBusOptions['log']): logCreator =>
  () =>
  ({ namespace, log: { message } }) =>
    log.warn('kafka.client', { part: namespace, message });
