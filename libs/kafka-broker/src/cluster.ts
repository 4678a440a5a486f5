import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Broker } from './broker.js';
import { holdPorts } from './held-ports.js';
import { javaArguments, kafkaHome, type KafkaHome } from './home.js';
import {
  LOOPBACK,
  propertiesOf,
  type BrokerPlacement,
  type BrokerPorts,
  type BrokerSecurity,
  type PlacedBroker,
} from './properties.js';

export interface KafkaOptions {
  /** Everything of the cluster lies below; what an earlier start left there is used again. */
  folder: string;
  /** One, or three for what happens when one of them fails. Default 1. */
  brokers?: 1 | 3;
  security?: BrokerSecurity;
  /** Default: what the environment names. */
  home?: KafkaHome;
  /** Where each broker runs, when not simply on loopback. @param id from 1 */
  place?: (id: number, ports: BrokerPorts) => BrokerPlacement;
}

export interface KafkaCluster {
  brokers: readonly Broker[];
  /** `host:port` of each. */
  addresses: readonly string[];
  /** Ends all brokers that run. */
  stop(): Promise<void>;
}

/**
 * Starts Apache Kafka on free ports of loopback: for tests, development and evaluation, never for a bank.
 * @throws Error when there is no Kafka, or a broker does not start
 */
export async function startKafka({
  brokers: count = 1,
  place = () => ({}),
  ...options
}: KafkaOptions): Promise<KafkaCluster> {
  const { numbers, letGo } = await holdPorts(3 * count);
  const all: PlacedBroker[] = portsOfEach(numbers).map((each) => ({ ...each, ...place(each.id, each.ports) }));
  const brokers = await prepare(all, options).finally(letGo);
  const stop = async (): Promise<void> => {
    await Promise.all(brokers.map((broker) => broker.stop()));
  };
  try {
    // A broker is ready when it has met a majority: all have to be on their way before one is waited for.
    for (const broker of brokers) broker.launch();
    await Promise.all(brokers.map((broker) => broker.ready()));
    return { brokers, addresses: brokers.map(({ address }) => address), stop };
  } catch (error) {
    await Promise.all(brokers.map((broker) => broker.kill()));
    throw error;
  }
}

type Prepared = Pick<KafkaOptions, 'folder' | 'security' | 'home'>;

/** Writes what each broker is told, and formats what it keeps, where nothing is kept yet. */
async function prepare(
  all: readonly PlacedBroker[],
  { folder, security, home = kafkaHome() }: Prepared,
): Promise<Broker[]> {
  const clusterId = newClusterId();
  const brokers: Broker[] = [];
  for (const placed of all) {
    const { id, ports, host = LOOPBACK, command = [] } = placed;
    const own = join(folder, `broker-${id}`);
    const data = join(own, 'data');
    mkdirSync(own, { recursive: true, mode: 0o700 });
    const properties = propertiesOf({ ...placed, folder: data, all, ...(security && { security }) });
    writeFileSync(join(own, 'server.properties'), properties, { mode: 0o600 });
    if (!existsSync(join(data, 'meta.properties'))) await format(home, own, clusterId, security);
    brokers.push(new Broker(home, id, placed.advertised ?? `${host}:${ports.client}`, own, command));
  }
  return brokers;
}

/** 16 random bytes, base64url; one that begins with `-` would be read as an option. */
function newClusterId(): string {
  const id = randomBytes(16).toString('base64url');
  return id.startsWith('-') ? newClusterId() : id;
}

async function format(home: KafkaHome, folder: string, id: string, security?: BrokerSecurity): Promise<void> {
  const users = Object.entries(security?.users ?? {}).flatMap(([name, password]) => [
    '--add-scram',
    `SCRAM-SHA-512=[name=${name},password=${password}]`,
  ]);
  const run = ['kafka.tools.StorageTool', 'format', '-t', id, '-c', join(folder, 'server.properties'), ...users];
  await promisify(execFile)(home.java, javaArguments(home, [], run));
}

const portsOfEach = (numbers: readonly number[]): { id: number; ports: BrokerPorts }[] =>
  Array.from({ length: numbers.length / 3 }, (_, at) => {
    const [client, internal, controller] = numbers.slice(3 * at, 3 * at + 3);
    return { id: at + 1, ports: { client: client!, internal: internal!, controller: controller! } };
  });
