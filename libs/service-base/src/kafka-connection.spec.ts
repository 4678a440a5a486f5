import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { kafkaConnectionOf, type KafkaConnectionSettings } from './kafka-connection.js';

const folder = mkdtempSync(join(tmpdir(), 'kafka-connection-'));
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text, { mode: 0o600 });
  return join(folder, name);
};
const read = (more: Partial<KafkaConnectionSettings>) =>
  kafkaConnectionOf(
    { kafkaBrokers: 'k1.bank.example:9093,k2.bank.example:9093', kafkaTls: 'required', ...more },
    'risk',
  );

describe('the connection to Kafka', () => {
  test('without brokers there is none', () => expect(read({ kafkaBrokers: '' })).toBeUndefined());

  test('reads the secrets out of their files', () => {
    const ca = '-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n';
    const given = {
      kafkaCaFile: file('ca.pem', ca),
      kafkaUsername: 'risk',
      kafkaPasswordFile: file('password', 's3cret\n'),
    };
    expect(read(given)).toEqual({
      brokers: ['k1.bank.example:9093', 'k2.bank.example:9093'],
      clientId: 'countersign-risk',
      tls: { ca },
      user: { name: 'risk', password: 's3cret' },
    });
  });

  test.each(['127.0.0.1:9092', 'localhost:9092,[::1]:9092'])('%s may be plain text', (kafkaBrokers) =>
    expect(read({ kafkaBrokers, kafkaTls: 'off' })).not.toHaveProperty('tls'),
  );

  test.each([
    [{ kafkaTls: 'off' as const }, 'COUNTERSIGN_KAFKA_TLS'],
    [{ kafkaTls: 'off' as const, kafkaBrokers: '127.0.0.1:9092,k1.bank.example:9092' }, 'COUNTERSIGN_KAFKA_TLS'],
    [{ kafkaUsername: 'risk' }, 'COUNTERSIGN_KAFKA_USERNAME'],
    [{ kafkaPasswordFile: '/nowhere' }, 'COUNTERSIGN_KAFKA_USERNAME'],
    [{ kafkaUsername: 'risk', kafkaPasswordFile: '/nowhere' }, 'COUNTERSIGN_KAFKA_PASSWORD_FILE'],
    [{ kafkaCaFile: '/nowhere' }, 'COUNTERSIGN_KAFKA_CA_FILE'],
    [{ kafkaCaFile: file('none.pem', 'hello') }, 'COUNTERSIGN_KAFKA_CA_FILE'],
  ])('%o is refused', (given, setting) => expect(() => read(given)).toThrow(new RegExp(`^${setting}: `)));
});
