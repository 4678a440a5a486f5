// What every pod has to be, whatever it is for: Pod Security `restricted`, and what the project adds to it. Each rule says
// what is wrong with a pod, in sentences.
import { componentOf, ofKind, selects } from './manifests.mjs';

/** Volumes that `restricted` allows. */
const VOLUMES = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
];
const LOWEST_USER = 10_000;
/** Owner and group may read; the pod's group is the one that a secret's file gets. */
const SECRET_MODE = 0o440;

const each = (pod, problemOf) =>
  pod.containers.flatMap((container) => {
    const problem = problemOf(container, { ...pod.spec.securityContext, ...container.securityContext });
    return problem ? [`${container.name}: ${problem}`] : [];
  });

const volumesOf = (pod, kind) => (pod.spec.volumes ?? []).filter((volume) => kind in volume);

/** Each secret that a pod mounts, as Kubernetes describes it. */
const secretsOf = (pod) => [
  ...volumesOf(pod, 'secret').map(({ name, secret }) => ({ name, mode: secret.defaultMode })),
  ...volumesOf(pod, 'projected').flatMap(({ name, projected: { sources, defaultMode } }) =>
    sources.some(({ secret }) => secret) ? [{ name, mode: defaultMode }] : [],
  ),
];

/** @type {Record<string, (pod: import('./manifests.mjs').Pod, manifests: object[]) => string[]>} */
export const HARDENING = {
  'runs as a user of its own, never as root': (pod) =>
    each(pod, (_, { runAsNonRoot, runAsUser, runAsGroup }) =>
      runAsNonRoot === true && runAsUser >= LOWEST_USER && runAsGroup >= LOWEST_USER
        ? ''
        : `runAsNonRoot ${runAsNonRoot}, user ${runAsUser}, group ${runAsGroup}`,
    ),

  'cannot gain privileges': (pod) =>
    each(pod, (_, { allowPrivilegeEscalation, privileged, capabilities = {} }) =>
      allowPrivilegeEscalation === false &&
      !privileged &&
      capabilities.drop?.includes('ALL') &&
      !capabilities.add?.length
        ? ''
        : 'may escalate, or keeps capabilities',
    ),

  'has the system calls of the runtime’s profile': (pod) =>
    each(pod, (_, { seccompProfile }) =>
      seccompProfile?.type === 'RuntimeDefault' ? '' : `seccomp ${seccompProfile?.type}`,
    ),

  'cannot write to its image': (pod) =>
    each(pod, (_, { readOnlyRootFilesystem }) => (readOnlyRootFilesystem === true ? '' : 'its root can be written')),

  'writes to memory or disk of a stated size': (pod) =>
    volumesOf(pod, 'emptyDir')
      .filter(({ emptyDir }) => !emptyDir?.sizeLimit)
      .map(({ name }) => `emptyDir ${name} has no sizeLimit`),

  'takes nothing from its node': (pod) => [
    ...['hostNetwork', 'hostPID', 'hostIPC'].filter((field) => pod.spec[field]),
    ...(pod.spec.volumes ?? [])
      .filter((volume) => !VOLUMES.some((kind) => kind in volume))
      .map(({ name }) => `volume ${name} is of no kind that is allowed`),
    ...each(pod, ({ ports = [] }) => (ports.some(({ hostPort }) => hostPort) ? 'has a hostPort' : '')),
    ...(pod.spec.securityContext?.sysctls?.length ? ['sysctls'] : []),
  ],

  'has a service account of its own': ({ spec, owner }, manifests) => {
    const name = spec.serviceAccountName;
    if (!name || name === 'default') return ['runs under the default service account'];
    const others = new Set(
      podsWith(manifests, name)
        .map(componentOf)
        .filter((component) => component !== componentOf(owner)),
    );
    return others.size > 0 ? [`shares ${name} with ${[...others].join(', ')}`] : [];
  },

  'gets a token for the API server only where a role is bound to its account': ({ spec }, manifests) => {
    const bound = ofKind(manifests, 'RoleBinding').some(({ subjects }) =>
      subjects.some(({ name }) => name === spec.serviceAccountName),
    );
    if (spec.automountServiceAccountToken === undefined) return ['does not say whether it mounts a token'];
    return spec.automountServiceAccountToken && !bound ? ['mounts a token that is good for nothing'] : [];
  },

  'is closed to the network, both ways, but for what is named': ({ labels }, manifests) =>
    ['Ingress', 'Egress']
      .filter(
        (type) =>
          !ofKind(manifests, 'NetworkPolicy').some(
            ({ spec }) => spec.policyTypes.includes(type) && selects(spec.podSelector, labels),
          ),
      )
      .map((type) => `no NetworkPolicy closes its ${type}`),

  'has memory that is reserved, and processor time that is not throttled': (pod) =>
    each(pod, ({ resources: { requests = {}, limits = {} } = {} }) =>
      requests.cpu && !limits.cpu && requests.memory && requests.memory === limits.memory
        ? ''
        : `requests ${JSON.stringify(requests)}, limits ${JSON.stringify(limits)}`,
    ),

  'has secrets as files that their owner and group may read': (pod) => [
    ...each(pod, ({ env = [], envFrom = [] }) =>
      env.some(({ valueFrom }) => valueFrom?.secretKeyRef) || envFrom.length > 0
        ? 'has a secret in its environment'
        : '',
    ),
    ...secretsOf(pod)
      .filter(({ mode }) => mode !== SECRET_MODE)
      .map(({ name, mode }) => `secret ${name} has mode ${mode?.toString(8)}`),
  ],

  'sees a renewed secret without a restart': (pod) => {
    const secrets = secretsOf(pod).map(({ name }) => name);
    return each(pod, ({ volumeMounts = [] }) =>
      volumeMounts.some(({ name, subPath }) => secrets.includes(name) && subPath) ? 'mounts a secret by subPath' : '',
    );
  },

  // Kubernetes would set COUNTERSIGN_GATEWAY_SERVICE_HOST and the like, which are settings nobody knows.
  'is not told of Services by variables': ({ spec }) =>
    spec.enableServiceLinks === false ? [] : ['enableServiceLinks is not false'],

  'never takes a moving image': (pod) =>
    each(pod, ({ image }) => (/:latest$|^[^:@]+$/.test(image) ? `image ${image}` : '')),
};

const podsWith = (manifests, account) =>
  ofKind(manifests, 'Deployment', 'StatefulSet', 'Job', 'Pod', 'CronJob').filter(
    (owner) => (owner.spec.template?.spec ?? owner.spec).serviceAccountName === account,
  );
