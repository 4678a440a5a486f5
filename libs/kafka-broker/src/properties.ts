/** Where one broker listens, all on loopback. */
export interface BrokerPorts {
  client: number;
  /** Between brokers; nobody else is told of it. */
  internal: number;
  controller: number;
}

/** Clients speak TLS and SCRAM-SHA-512, and may do what rules allow them. */
export interface BrokerSecurity {
  /** PEM with the private key (PKCS #8) and the certificate chain of the brokers; its name is `localhost` or 127.0.0.1. */
  certificateFile: string;
  /** Passwords by user name. */
  users: Readonly<Record<string, string>>;
  /** Users whom no rule stops. */
  superUsers: readonly string[];
}

/** Where a broker runs, when not simply on loopback: for tests that come between it and the others. */
export interface BrokerPlacement {
  /** Address on which it listens, and by which other brokers know it. Default 127.0.0.1. */
  host?: string;
  /** `host:port` that clients are told, when something stands between. */
  advertised?: string;
  /** Program and arguments that run Java, such as `ip netns exec <name>`. */
  command?: readonly string[];
}

export interface PlacedBroker extends BrokerPlacement {
  id: number;
  ports: BrokerPorts;
}

export interface BrokerPlace extends PlacedBroker {
  folder: string;
  all: readonly PlacedBroker[];
  security?: BrokerSecurity;
}

export const LOOPBACK = '127.0.0.1';

/** `server.properties` of one broker that is a controller as well (KRaft). */
export function propertiesOf({ id, folder, ports, all, security, host = LOOPBACK, advertised }: BrokerPlace): string {
  const copies = Math.min(all.length, 3);
  const entries = {
    'process.roles': 'broker,controller',
    'node.id': id,
    'controller.quorum.voters': all
      .map((each) => `${each.id}@${each.host ?? LOOPBACK}:${each.ports.controller}`)
      .join(','),
    listeners: `CLIENT://${host}:${ports.client},INTERNAL://${host}:${ports.internal},CONTROLLER://${host}:${ports.controller}`,
    'advertised.listeners': `CLIENT://${advertised ?? `${host}:${ports.client}`},INTERNAL://${host}:${ports.internal}`,
    'listener.security.protocol.map': `CLIENT:${security ? 'SASL_SSL' : 'PLAINTEXT'},INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'INTERNAL',
    'log.dirs': folder,
    ...internalTopics(copies),
    'auto.create.topics.enable': false,
    'group.initial.rebalance.delay.ms': 0,
    // A test that kills readers need not wait 6 s for each.
    'group.min.session.timeout.ms': 1_000,
    'broker.session.timeout.ms': 6_000,
    ...(security ? securityEntries(security) : {}),
  };
  return Object.entries(entries)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}

const internalTopics = (copies: number): Record<string, number> => ({
  'offsets.topic.replication.factor': copies,
  'offsets.topic.num.partitions': 1,
  'transaction.state.log.replication.factor': copies,
  'transaction.state.log.num.partitions': 1,
  'transaction.state.log.min.isr': Math.min(copies, 2),
  'share.coordinator.state.topic.replication.factor': copies,
  'share.coordinator.state.topic.num.partitions': 1,
  'share.coordinator.state.topic.min.isr': Math.min(copies, 2),
});

/** Brokers among themselves are not asked who they are: their listeners are on loopback. */
const securityEntries = ({ certificateFile, superUsers }: BrokerSecurity): Record<string, string> => ({
  'sasl.enabled.mechanisms': 'SCRAM-SHA-512',
  'listener.name.client.sasl.enabled.mechanisms': 'SCRAM-SHA-512',
  'listener.name.client.scram-sha-512.sasl.jaas.config':
    'org.apache.kafka.common.security.scram.ScramLoginModule required;',
  'listener.name.client.ssl.keystore.type': 'PEM',
  'listener.name.client.ssl.keystore.location': certificateFile,
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'super.users': ['ANONYMOUS', ...superUsers].map((name) => `User:${name}`).join(';'),
});
