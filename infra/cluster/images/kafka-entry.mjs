// Writes the settings of a single broker that is its own controller, formats its disk once, and becomes Kafka's parent.
// Clients speak TLS. Where there are users (SCRAM-SHA-512) each may do what rules allow, and `admin` everything; without,
// whoever reaches the broker may.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

const JAVA = '/usr/local/java/bin/java';
const PLACE = '/etc/countersign/kafka-server';
const USERS = join(PLACE, 'users');
const DATA = '/var/lib/kafka/data';
const PROPERTIES = '/tmp/server.properties';
const KEYSTORE = '/tmp/server.pem';
const hasUsers = existsSync(USERS);
const advertised = process.env.KAFKA_ADVERTISED;

if (!/^[a-z0-9.-]+:\d+$/.test(advertised ?? '')) {
  process.stderr.write('KAFKA_ADVERTISED: host:port by which clients reach this broker is missing\n');
  process.exit(1);
}

const entries = {
  'process.roles': 'broker,controller',
  'node.id': 1,
  'controller.quorum.voters': '1@127.0.0.1:9094',
  listeners: 'CLIENT://0.0.0.0:9092,INTERNAL://127.0.0.1:9093,CONTROLLER://127.0.0.1:9094',
  'advertised.listeners': `CLIENT://${advertised},INTERNAL://127.0.0.1:9093`,
  'listener.security.protocol.map': `CLIENT:${hasUsers ? 'SASL_SSL' : 'SSL'},INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT`,
  'controller.listener.names': 'CONTROLLER',
  'inter.broker.listener.name': 'INTERNAL',
  'log.dirs': DATA,
  'offsets.topic.replication.factor': 1,
  'offsets.topic.num.partitions': 1,
  'transaction.state.log.replication.factor': 1,
  'transaction.state.log.min.isr': 1,
  'share.coordinator.state.topic.replication.factor': 1,
  'share.coordinator.state.topic.min.isr': 1,
  'auto.create.topics.enable': false,
  'group.initial.rebalance.delay.ms': 0,
  'sasl.enabled.mechanisms': 'SCRAM-SHA-512',
  'listener.name.client.sasl.enabled.mechanisms': 'SCRAM-SHA-512',
  'listener.name.client.scram-sha-512.sasl.jaas.config':
    'org.apache.kafka.common.security.scram.ScramLoginModule required;',
  'listener.name.client.ssl.keystore.type': 'PEM',
  'listener.name.client.ssl.keystore.location': KEYSTORE,
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'super.users': 'User:ANONYMOUS;User:admin',
};

const java = (run) => [
  ...(process.env.KAFKA_HEAP_OPTS ?? '-Xmx256m').split(/\s+/),
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
  '-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info',
  '-cp',
  '/usr/local/kafka/libs/*',
  ...run,
];

/** Users are those of the first start. Kubernetes keeps files of its own, which begin with two dots, beside them. */
function format() {
  if (existsSync(join(DATA, 'meta.properties'))) return;
  const users = (hasUsers ? readdirSync(USERS) : [])
    .filter((name) => !name.startsWith('.'))
    .map((name) => `SCRAM-SHA-512=[name=${name},password=${readFileSync(join(USERS, name), 'utf8').trim()}]`);
  const id = `A${randomBytes(16).toString('base64url').slice(1)}`;
  const args = ['kafka.tools.StorageTool', 'format', '-t', id, '-c', PROPERTIES];
  // What it prints holds what passwords are checked with.
  execFileSync(JAVA, java([...args, ...users.flatMap((user) => ['--add-scram', user])]), {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

const tls = (name) => readFileSync(join(PLACE, 'tls', name), 'utf8');
writeFileSync(KEYSTORE, `${tls('tls.key')}\n${tls('tls.crt')}`, { mode: 0o600 });
writeFileSync(
  PROPERTIES,
  Object.entries(entries)
    .map(([key, value]) => `${key}=${value}\n`)
    .join(''),
  { mode: 0o600 },
);
format();
const broker = spawn(JAVA, java(['kafka.Kafka', PROPERTIES]), { stdio: 'inherit' });
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => broker.kill('SIGTERM'));
broker.once('exit', (code) => process.exit(code ?? 1));
