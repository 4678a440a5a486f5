import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { SERVICES } from '@countersign/contracts';
import { issueAuthority, issueService } from '@countersign/keys-file';
import { startKafka, type KafkaCluster } from '@countersign/kafka-broker';
import type { House } from '../src/cli/house.js';
import { prepareKafka } from '../src/cli/install/prepare-kafka.js';

const folder = mkdtempSync(join(tmpdir(), 'countersign-install-kafka-'));
const ADMIN = {
  kafkaPartitions: 2,
  kafkaPrincipal: 'User:countersign-{service}',
  kafkaUsername: 'admin',
  kafkaPasswordFile: join(folder, 'password'),
};
let kafka: KafkaCluster;

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

beforeAll(async () => {
  mkdirSync(join(folder, 'kafka'));
  const authority = await issueAuthority(24);
  const names = { service: 'kafka', dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'], hours: 24 };
  const { certificate, key } = await issueService(authority, names);
  const certificateFile = file('kafka.pem', key + '\n' + certificate);
  file('ca.crt', authority.certificate);
  file('password', 'a-password-of-admin');
  const users = { admin: 'a-password-of-admin', 'countersign-tenant': 'a-password-of-tenant' };
  const security = { certificateFile, users, superUsers: ['admin'] };
  kafka = await startKafka({ folder: join(folder, 'kafka'), security });
}, 120_000);
afterAll(async () => {
  await kafka.stop();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

const servicesOn = (change: object = {}): Record<string, unknown> => ({
  kafkaBrokers: kafka.addresses.join(','),
  kafkaTls: 'required',
  kafkaCaFile: join(folder, 'ca.crt'),
  kafkaUsername: 'countersign-tenant',
  kafkaTopicPrefix: 'countersign.',
  kafkaReplication: 'development',
  ...change,
});

/** What a house tells of Kafka; nothing else of it is entered. */
const houseOf = (services: Record<string, unknown>, admin: Record<string, unknown> = ADMIN): House =>
  ({ settingsOf: () => services, adminSettings: () => admin }) as unknown as House;

async function prepared(house: House, wait = 60): Promise<{ lines: string[]; done: string[] | undefined }> {
  const lines: string[] = [];
  const report = await prepareKafka(house, wait, (line) => lines.push(line));
  return { lines, done: report?.done };
}

test('CARD-5.helm · topics are made for the brokers that services are told, and again without a change', async () => {
  const first = await prepared(houseOf(servicesOn()));
  const topics = SERVICES.map((service) => `created topic countersign.${service}`);
  expect(first.done!.slice(0, topics.length)).toEqual(topics);
  const permissions = first.done!.slice(topics.length);
  expect(permissions).toContain('allowed User:countersign-risk WRITE on topic countersign.risk');
  expect(first.lines).toEqual([
    ...topics.map((line) => `Kafka: ${line}`),
    `Kafka: ${permissions.length} permissions were missing and are there now`,
    'Kafka: topics, their settings and permissions are as declared',
  ]);
  expect((await prepared(houseOf(servicesOn()))).done).toEqual([]);
});

test('topics of another number of partitions stop the installation with one line', async () => {
  const other = houseOf(servicesOn(), { ...ADMIN, kafkaPartitions: 3 });
  await expect(prepared(other)).rejects.toThrow('Kafka: topic countersign.gateway: has 2 partitions, not 3; topic');
});

test('nothing is done where events go through PostgreSQL, or where services log in and no administrator is named', async () => {
  expect(await prepared(houseOf(servicesOn({ kafkaBrokers: '' })))).toEqual({ lines: [], done: undefined });
  const nobody = { kafkaPartitions: 2, kafkaPrincipal: ADMIN.kafkaPrincipal };
  expect(await prepared(houseOf(servicesOn(), nobody))).toEqual({
    lines: ['Kafka: left to whoever administers it: admin.env names no COUNTERSIGN_KAFKA_USERNAME'],
    done: undefined,
  });
});

test('CARD-5.helm · brokers that are not up yet are waited for, and told once', async () => {
  const broker = kafka.brokers[0]!;
  await broker.stop();
  const waiting = prepared(houseOf(servicesOn()), 120);
  await new Promise((resolve) => setTimeout(resolve, 500));
  await broker.start();
  const { lines, done } = await waiting;
  expect([done, lines.length]).toEqual([[], 2]);
  expect(lines[0]).toMatch(/^Kafka does not answer yet: /);
}, 180_000);

test('brokers that cannot be reached, and a file without a password, are one line', async () => {
  await expect(prepared(houseOf(servicesOn({ kafkaBrokers: '127.0.0.1:1' })), 1)).rejects.toThrow(/^Kafka: /);
  const without = { ...ADMIN, kafkaPasswordFile: file('empty', '') };
  await expect(prepared(houseOf(servicesOn(), without))).rejects.toThrow(/KAFKA_PASSWORD_FILE: .* is empty/);
  const wrong = { ...ADMIN, kafkaPasswordFile: file('wrong', 'another-password') };
  await expect(prepared(houseOf(servicesOn(), wrong), 30)).rejects.toThrow(/^Kafka: .*authentication/i);
});
