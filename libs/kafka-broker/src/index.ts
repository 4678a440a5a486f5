export { Broker } from './broker.js';
export { startKafka, type KafkaCluster, type KafkaOptions } from './cluster.js';
export { kafkaHome, type KafkaHome } from './home.js';
export type { BrokerPlacement, BrokerPorts, BrokerSecurity } from './properties.js';
