// What an API server takes without a word and a cluster then fails at: names that lead nowhere, or to two things.
import { annotation, componentOf, ofKind, podsOf, selects, title } from './manifests.mjs';
import { labelsOfMade } from './operators.mjs';

const NAME = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;
const LABEL = /^([A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?)?$/;
const LONGEST = 63;
const WORKLOADS = ['Deployment', 'StatefulSet'];

const labelsOfAll = (manifests) => [
  ...podsOf(manifests).map(({ labels }) => labels),
  ...Object.values(labelsOfMade(manifests)),
];
const twice = (list) => [...new Set(list.filter((one, index) => list.indexOf(one) < index))];

/** @type {Record<string, (manifests: object[], known: {secrets: string[], configMaps: string[]}) => string[]>} */
export const REFERENCES = {
  'every manifest is there once': (manifests) => twice(manifests.map(title)),

  'names and labels are such as DNS and selectors take': (manifests) =>
    manifests.flatMap((manifest) => {
      const { name, labels = {} } = manifest.metadata;
      const wrong = Object.entries(labels).filter(([, value]) => value.length > LONGEST || !LABEL.test(value));
      return [
        ...(NAME.test(name) && name.length <= LONGEST ? [] : [title(manifest)]),
        ...wrong.map(([key, value]) => `${title(manifest)}: label ${key} ${value}`),
      ];
    }),

  'annotations are text': (manifests) =>
    [...manifests, ...podsOf(manifests).map(({ owner }) => owner.spec.template ?? owner)].flatMap(({ metadata }) =>
      Object.entries(metadata?.annotations ?? {})
        .filter(([, value]) => typeof value !== 'string')
        .map(([key]) => `${metadata.name}: ${key}`),
    ),

  'each mount has its volume and each volume a mount': (manifests) =>
    podsOf(manifests).flatMap((pod) => {
      const claims = (pod.owner.spec.volumeClaimTemplates ?? []).map(({ metadata }) => metadata.name);
      const volumes = [...(pod.spec.volumes ?? []).map(({ name }) => name), ...claims];
      const mounts = pod.containers.flatMap(({ volumeMounts = [] }) => volumeMounts.map(({ name }) => name));
      return [
        ...mounts
          .filter((name) => !volumes.includes(name))
          .map((name) => `${pod.title} mounts ${name}, no volume of it`),
        ...volumes.filter((name) => !mounts.includes(name)).map((name) => `${pod.title} does not mount ${name}`),
        ...twice(volumes).map((name) => `${pod.title} has volume ${name} twice`),
      ];
    }),

  'no variable and no path of a mount is there twice in a container': (manifests) =>
    podsOf(manifests).flatMap((pod) =>
      pod.containers.flatMap(({ name, env = [], volumeMounts = [] }) =>
        [...twice(env.map((one) => one.name)), ...twice(volumeMounts.map(({ mountPath }) => mountPath))].map(
          (one) => `${pod.title}: ${name}: ${one}`,
        ),
      ),
    ),

  'secrets and ConfigMaps that pods mount exist, or are known to be made by somebody else': (manifests, known) => {
    const has = (kind, others) => [...ofKind(manifests, kind).map(({ metadata }) => metadata.name), ...others];
    const secrets = [...has('Secret', known.secrets), ...certificates(manifests)];
    const configMaps = has('ConfigMap', known.configMaps);
    return podsOf(manifests).flatMap((pod) =>
      sourcesOf(pod)
        .filter(({ kind, name, optional }) => !optional && !(kind === 'secret' ? secrets : configMaps).includes(name))
        .map(({ kind, name }) => `${pod.title}: ${kind} ${name}`),
    );
  },

  'service accounts, roles and what they are bound to exist': (manifests) => {
    const names = (kind) => ofKind(manifests, kind).map(({ metadata }) => metadata.name);
    return [
      ...podsOf(manifests)
        .filter(({ spec }) => !names('ServiceAccount').includes(spec.serviceAccountName))
        .map((pod) => `${pod.title}: account ${pod.spec.serviceAccountName}`),
      ...ofKind(manifests, 'RoleBinding').flatMap(({ metadata, roleRef, subjects }) => [
        ...(names('Role').includes(roleRef.name) ? [] : [`${metadata.name}: role ${roleRef.name}`]),
        ...subjects
          .filter(({ name }) => !names('ServiceAccount').includes(name))
          .map(({ name }) => `${metadata.name}: account ${name}`),
      ]),
    ];
  },

  'a Service leads to the pods of one workload, at a port they have': (manifests) =>
    ofKind(manifests, 'Service').flatMap((service) => {
      const pods = chosen(manifests, { matchLabels: service.spec.selector });
      if (pods.length !== 1) return [`${title(service)} leads to ${pods.length} workloads`];
      const ports = pods[0].containers.flatMap(({ ports: all = [] }) =>
        all.flatMap((one) => [one.name, one.containerPort]),
      );
      return service.spec.ports
        .filter(({ port, targetPort }) => !ports.includes(targetPort ?? port))
        .map(({ targetPort }) => `${title(service)}: no port ${targetPort}`);
    }),

  'a selector chooses the pods of its own workload and no others': (manifests) =>
    ofKind(manifests, ...WORKLOADS).flatMap((workload) => {
      const mine = podsOf(manifests).filter(({ labels }) => selects(workload.spec.selector, labels));
      return mine.length === 1 && mine[0].owner === workload
        ? []
        : [`${title(workload)} chooses ${mine.map((pod) => pod.title).join(', ') || 'nothing'}`];
    }),

  'budgets and autoscalers are for one workload that exists': (manifests) => [
    ...ofKind(manifests, 'PodDisruptionBudget')
      .filter(({ spec }) => chosen(manifests, spec.selector).length !== 1)
      .map(title),
    ...ofKind(manifests, 'HorizontalPodAutoscaler')
      .filter(({ spec: { scaleTargetRef: target } }) => {
        const targets = ofKind(manifests, target.kind).filter(({ metadata }) => metadata.name === target.name);
        // A number of its own would be set again at each upgrade, against what the autoscaler found.
        return targets.length !== 1 || targets[0].spec.replicas !== undefined;
      })
      .map(title),
  ],

  'probes ask a port that the container has': (manifests) =>
    podsOf(manifests).flatMap((pod) =>
      pod.containers.flatMap((container) => {
        const ports = (container.ports ?? []).flatMap(({ name, containerPort }) => [name, containerPort]);
        return ['startupProbe', 'readinessProbe', 'livenessProbe']
          .map((probe) => container[probe]?.httpGet?.port ?? container[probe]?.tcpSocket?.port)
          .filter((port) => port !== undefined && !ports.includes(port))
          .map((port) => `${pod.title}: ${container.name}: ${port}`);
      }),
    ),

  'spread and policies choose pods that exist': (manifests) => [
    ...podsOf(manifests).flatMap((pod) =>
      (pod.spec.topologySpreadConstraints ?? [])
        .filter(({ labelSelector }) => !labelSelector || !selects(labelSelector, pod.labels))
        .map(({ topologyKey }) => `${pod.title}: ${topologyKey}`),
    ),
    // The command line runs in pods of other releases: a tenant's.
    ...ofKind(manifests, 'NetworkPolicy')
      .filter((policy) => componentOf(policy) !== 'cli')
      .filter(({ spec }) => !labelsOfAll(manifests).some((labels) => selects(spec.podSelector, labels)))
      .map(title),
  ],

  // What a hook uses has to be there before it: of the release itself nothing is, at the first installation.
  'a hook before the installation uses nothing that comes with it': (manifests) =>
    podsOf(manifests)
      .filter(({ owner }) => /pre-install/.test(annotation(owner, 'helm.sh/hook') ?? ''))
      .flatMap((pod) => {
        const uses = [
          ...sourcesOf(pod).map(({ kind, name }) => `${kind === 'secret' ? 'Secret' : 'ConfigMap'} ${name}`),
          `ServiceAccount ${pod.spec.serviceAccountName}`,
        ];
        return manifests
          .filter((manifest) => uses.includes(title(manifest)))
          .filter((manifest) => !/pre-install/.test(annotation(manifest, 'helm.sh/hook') ?? ''))
          .map((manifest) => `${pod.title} uses ${title(manifest)}`);
      }),
};

const chosen = (manifests, selector) =>
  podsOf(manifests).filter(({ owner, labels }) => WORKLOADS.includes(owner.kind) && selects(selector, labels));

const certificates = (manifests) => ofKind(manifests, 'Certificate').map(({ spec }) => spec.secretName);

/** Secrets and ConfigMaps that a pod mounts. */
const sourcesOf = ({ spec }) =>
  (spec.volumes ?? []).flatMap(({ secret, configMap, projected }) => [
    ...(secret ? [{ kind: 'secret', name: secret.secretName, optional: secret.optional }] : []),
    ...(configMap ? [{ kind: 'configMap', ...configMap }] : []),
    ...(projected?.sources ?? []).flatMap((source) => [
      ...(source.secret ? [{ kind: 'secret', ...source.secret }] : []),
      ...(source.configMap ? [{ kind: 'configMap', ...source.configMap }] : []),
    ]),
  ]);
