// What operators make of the manifests: pods with the labels that CloudNativePG and Strimzi document, and the NetworkPolicy
// that Strimzi adds by itself. No operator runs here.
import { ofKind } from './manifests.mjs';

const strimziLabels = (cluster, part) => ({ 'strimzi.io/cluster': cluster, 'strimzi.io/name': `${cluster}-${part}` });

/** Labels of the pods that operators make, by what they are. @returns {Record<string, Record<string, string>>} */
export const labelsOfMade = (manifests) =>
  Object.fromEntries([
    ...ofKind(manifests, 'Cluster').map(({ metadata }) => ['postgres', { 'cnpg.io/cluster': metadata.name }]),
    ...ofKind(manifests, 'Kafka').flatMap(({ metadata }) =>
      ['kafka', 'entity-operator'].map((part) => [part, strimziLabels(metadata.name, part)]),
    ),
  ]);

/** The operators themselves, where they are by default: ends for `reaches`. */
export const OPERATORS = {
  cloudnativePg: { labels: { 'app.kubernetes.io/name': 'cloudnative-pg' }, namespace: 'cnpg-system' },
  strimzi: { labels: { 'strimzi.io/kind': 'cluster-operator' }, namespace: 'strimzi' },
};

/** With the policies that Strimzi adds: a listener is open to its `networkPolicyPeers`, or to everybody. */
export const withListenerPolicies = (manifests) => [
  ...manifests,
  ...ofKind(manifests, 'Kafka').map(({ metadata: { name, namespace }, spec }) => ({
    kind: 'NetworkPolicy',
    metadata: { name: `${name}-network-policy-kafka`, namespace },
    spec: {
      podSelector: { matchLabels: strimziLabels(name, 'kafka') },
      policyTypes: ['Ingress'],
      ingress: spec.kafka.listeners.map(({ port, networkPolicyPeers }) => ({
        from: networkPolicyPeers,
        ports: [{ port, protocol: 'TCP' }],
      })),
    },
  })),
];
