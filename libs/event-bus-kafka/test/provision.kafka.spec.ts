import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startKafka, type KafkaCluster } from '@countersign/kafka-broker';
import { createDevelopmentAuthority } from '@countersign/keys-file';
import kafkajs from 'kafkajs';
import { applyKafka, checkKafka, declare, kafkaBus, type Difference, type KafkaConnection } from '../src/index.js';
import { event, Keeper, until } from './given.js';

const folder = mkdtempSync(join(tmpdir(), 'countersign-kafka-'));
const USERS = {
  admin: 'of-admin',
  'countersign-session': 'of-session',
  'countersign-risk': 'of-risk',
  mallory: 'of-mallory',
};
const declaration = declare({
  ...{ prefix: 'countersign.', partitions: 2, development: true },
  principal: (service) => `User:countersign-${service}`,
});
let cluster: KafkaCluster;
let ca: string;

const as = (name: keyof typeof USERS, password = USERS[name]): KafkaConnection => ({
  ...{ brokers: cluster.addresses, clientId: name, tls: { ca } },
  user: { name, password },
});
const busAs = (...user: Parameters<typeof as>) =>
  kafkaBus({
    ...{ ...as(...user), prefix: 'countersign.', unreplicated: true, log: { warn: () => undefined } },
  });

beforeAll(async () => {
  const authority = await createDevelopmentAuthority(join(folder, 'tls'));
  const { key, certificate } = await authority.issue('broker');
  const certificateFile = join(folder, 'broker.pem');
  writeFileSync(certificateFile, `${key}\n${certificate}`, { mode: 0o600 });
  ca = authority.certificate;
  const security = { certificateFile, users: USERS, superUsers: ['admin'] };
  cluster = await startKafka({ folder: join(folder, 'cluster'), security });
}, 180_000);
afterAll(async () => {
  await cluster.stop();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

test('CARD-3.kafka · apply brings topics, settings and permissions; a second time it changes nothing, and check is content', async () => {
  const before = await checkKafka(as('admin'), declaration);
  expect(before.differences.filter(({ problem }) => problem === 'is missing')).toHaveLength(8);
  const first = await applyKafka(as('admin'), declaration);
  expect(first.differences).toEqual([]);
  expect(first.done).toContain('allowed User:countersign-session WRITE on topic countersign.session');
  expect(await applyKafka(as('admin'), declaration)).toEqual({ done: [], differences: [] });
  expect(await checkKafka(as('admin'), declaration)).toEqual({ done: [], differences: [] });
}, 60_000);

test('CARD-3.kafka · over TLS and SCRAM a source writes its topic, a reader reads it, and nobody writes another’s', async () => {
  const [session, risk, keeper, sent] = [
    busAs('countersign-session'),
    busAs('countersign-risk'),
    new Keeper(),
    event(),
  ];
  await session.publish('session', [sent]);
  await expect(risk.publish('session', [event()])).rejects.toMatchObject({ type: 'TOPIC_AUTHORIZATION_FAILED' });
  const subscription = risk.subscribe({ ...keeper.options('session'), consumer: 'risk' });
  await until(() => keeper.got.length === 1, 'it came');
  await subscription.stop();
  expect(keeper.got[0]!.eventId).toBe(sent.eventId);
  await Promise.all([session.close(), risk.close()]);
}, 60_000);

test('CARD-3.kafka · a wrong password and brokers of another authority are refused', async () => {
  const [wrong, fine] = [busAs('mallory', 'guess'), as('mallory')];
  await expect(wrong.admit('session')).rejects.toThrow(/authentication/i);
  await wrong.close();
  const stranger = await createDevelopmentAuthority(join(folder, 'stranger'));
  const deceived = kafkaBus({ ...fine, tls: { ca: stranger.certificate }, prefix: '', log: { warn: () => undefined } });
  await expect(deceived.admit('session')).rejects.toThrow(/certificate/);
  await deceived.close();
}, 60_000);

test('CARD-3.kafka · settings that were changed are mended, and what somebody else may do is told', async () => {
  const kafka = new kafkajs.Kafka({
    ...{ brokers: [...cluster.addresses], ssl: { ca: [ca] }, logLevel: kafkajs.logLevel.NOTHING },
    sasl: { mechanism: 'scram-sha-512', username: 'admin', password: USERS.admin },
  });
  const admin = kafka.admin();
  await admin.connect();
  const topic = 'countersign.audit';
  const configEntries = [{ name: 'unclean.leader.election.enable', value: 'true' }];
  await admin.alterConfigs({
    validateOnly: false,
    resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configEntries }],
  });
  const rule = { principal: 'User:mallory', host: '*', operation: kafkajs.AclOperationTypes.ALL };
  const allowed = { permissionType: kafkajs.AclPermissionTypes.ALLOW, resourceType: kafkajs.AclResourceTypes.TOPIC };
  const pattern = { resourceName: 'countersign.', resourcePatternType: kafkajs.ResourcePatternTypes.PREFIXED };
  await admin.createAcls({ acl: [{ ...rule, ...allowed, ...pattern }] });
  await admin.disconnect();
  const problem = 'unclean.leader.election.enable is true, not false';
  const stranger = 'User:mallory may ALL, and nobody declared it';
  expect(await untilTold(stranger)).toContainEqual({ what: `topic ${topic}`, problem, mendable: true });
  const { done, differences } = await applyKafka(as('admin'), declaration);
  expect(done).toEqual([`configured topic ${topic}`]);
  expect(differences).toEqual([{ what: 'topic countersign.', problem: stranger, mendable: false }]);
}, 60_000);

/** A broker tells of a change a moment after the controller took it. */
async function untilTold(wanted: string): Promise<Difference[]> {
  for (const end = Date.now() + 30_000; ; await sleep(100)) {
    const { differences } = await checkKafka(as('admin'), declaration);
    if (differences.some(({ problem }) => problem === wanted) || Date.now() > end) return differences;
  }
}
