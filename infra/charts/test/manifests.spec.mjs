// Every manifest of every variant: of the right shape, hardened, and leading nowhere that does not exist.
import { describe, expect, test } from '@jest/globals';
import { HARDENING } from '../lib/hardening.mjs';
import { manifestsOf, render, template } from '../lib/helm.mjs';
import { hooksOf, ofKind, podsOf, title } from '../lib/manifests.mjs';
import { REFERENCES } from '../lib/references.mjs';
import { violations } from '../lib/schemas.mjs';
import { VARIANTS, knownTo, merged } from '../lib/variants.mjs';

const NAMES = Object.keys(VARIANTS);
const DIGEST = /@sha256:[0-9a-f]{64}$/;

/** What a rule has against the pods of some manifests. */
const against = (rule, manifests) =>
  podsOf(manifests).flatMap((pod) => HARDENING[rule](pod, manifests).map((problem) => `${pod.title}: ${problem}`));

describe.each(NAMES)('%s', (name) => {
  test('CARD-8.helm · is what Kubernetes and the operators know, field by field', async () => {
    const manifests = await render(VARIANTS[name]);
    const wrong = manifests.flatMap((one) => violations(one).map((problem) => `${title(one)} ${problem}`));
    expect(wrong).toEqual([]);
    expect(manifests.length).toBeGreaterThan(50);
  });

  test.each(Object.keys(HARDENING))('CARD-8.helm · every pod %s', async (rule) => {
    expect(against(rule, await render(VARIANTS[name]))).toEqual([]);
  });

  test.each(Object.keys(REFERENCES))('CARD-8.helm · %s', async (rule) => {
    expect(REFERENCES[rule](await render(VARIANTS[name]), knownTo(name))).toEqual([]);
  });

  test('R25 CARD-8.helm · no manifest holds a secret', async () => {
    const manifests = await render(VARIANTS[name]);
    expect(ofKind(manifests, 'Secret').map(title)).toEqual([]);
    const settings = ofKind(manifests, 'ConfigMap').flatMap(({ data }) => Object.values(data));
    expect(settings.filter((text) => /BEGIN [A-Z ]*PRIVATE KEY|postgres(ql)?:\/\/[^/\s]*:[^/\s]*@/.test(text))).toEqual(
      [],
    );
  });
});

test.each(NAMES.filter((name) => !name.startsWith('evaluation')))(
  'CARD-8.helm · %s runs images by digest',
  async (name) => {
    const images = podsOf(await render(VARIANTS[name])).flatMap(({ containers }) =>
      containers.map(({ image }) => image),
    );
    expect(images.filter((image) => !DIGEST.test(image))).toEqual([]);
  },
);

test.each(['evaluation', 'standard'])('CARD-8.helm · %s is the same each time', async (name) => {
  expect(manifestsOf(await template(VARIANTS[name]))).toEqual(await render(VARIANTS[name]));
});

test.each(['evaluation', 'regulated with a command'])(
  'CARD-8.helm · %s: every pod goes where values say, with their priority and their pull secrets',
  async (name) => {
    const place = {
      priorityClassName: 'identity',
      nodeSelector: { pool: 'identity' },
      tolerations: [{ key: 'identity', operator: 'Exists' }],
    };
    const values = merged(VARIANTS[name].values, { ...place, image: { pullSecrets: ['pull'] } });
    for (const { title: pod, spec } of podsOf(await render({ ...VARIANTS[name], values })))
      expect({ pod, ...spec }).toMatchObject({ pod, ...place, imagePullSecrets: [{ name: 'pull' }] });
  },
);

// Each rule is broken once: a rule that finds nothing wrong with this is no rule.
describe('a chart is caught', () => {
  const gateway = (manifests) => podsOf(manifests).find((pod) => pod.title === 'Deployment countersign-gateway');
  const broken = async (change) => {
    const manifests = JSON.parse(JSON.stringify(await render(VARIANTS.standard)));
    change(gateway(manifests), manifests);
    return manifests;
  };
  const withVolume = (pod, volume, mount) => {
    pod.spec.volumes.push({ name: 'more', ...volume });
    pod.containers[0].volumeMounts.push({ name: 'more', mountPath: '/more', ...mount });
  };

  test.each([
    ['runs as a user of its own, never as root', ({ spec }) => (spec.securityContext.runAsUser = 0)],
    [
      'runs as a user of its own, never as root',
      ({ containers }) => (containers[0].securityContext.runAsNonRoot = false),
    ],
    ['cannot gain privileges', ({ containers }) => (containers[0].securityContext.capabilities.add = ['NET_RAW'])],
    ['cannot gain privileges', ({ containers }) => delete containers[0].securityContext.allowPrivilegeEscalation],
    ['has the system calls of the runtime’s profile', ({ spec }) => delete spec.securityContext.seccompProfile],
    ['cannot write to its image', ({ containers }) => delete containers[1].securityContext.readOnlyRootFilesystem],
    ['writes to memory or disk of a stated size', (pod) => withVolume(pod, { emptyDir: {} })],
    ['takes nothing from its node', (pod) => withVolume(pod, { hostPath: { path: '/etc' } })],
    ['takes nothing from its node', ({ spec }) => (spec.hostNetwork = true)],
    ['has a service account of its own', ({ spec }) => (spec.serviceAccountName = 'countersign-session')],
    ['has a service account of its own', ({ spec }) => delete spec.serviceAccountName],
    [
      'gets a token for the API server only where a role is bound to its account',
      ({ spec }) => (spec.automountServiceAccountToken = true),
    ],
    [
      'is closed to the network, both ways, but for what is named',
      ({ labels }, manifests) => {
        const name = labels['app.kubernetes.io/instance'];
        const policies = ofKind(manifests, 'NetworkPolicy').filter(({ spec }) => spec.policyTypes.includes('Egress'));
        expect(name).toBeDefined();
        for (const { spec } of policies) spec.policyTypes = ['Ingress'];
      },
    ],
    [
      'has memory that is reserved, and processor time that is not throttled',
      ({ containers }) => (containers[0].resources.limits.cpu = '1'),
    ],
    [
      'has memory that is reserved, and processor time that is not throttled',
      ({ containers }) => delete containers[0].resources.limits.memory,
    ],
    [
      'has secrets as files that their owner and group may read',
      ({ containers }) =>
        containers[0].env.push({
          name: 'A',
          valueFrom: { secretKeyRef: { name: 'countersign-gateway-database', key: 'url' } },
        }),
    ],
    [
      'has secrets as files that their owner and group may read',
      (pod) => withVolume(pod, { secret: { secretName: 'countersign-gateway-tls' } }),
    ],
    [
      'sees a renewed secret without a restart',
      (pod) =>
        withVolume(
          pod,
          { secret: { secretName: 'countersign-gateway-tls', defaultMode: 0o440 } },
          { subPath: 'tls.crt' },
        ),
    ],
    ['is not told of Services by variables', ({ spec }) => delete spec.enableServiceLinks],
    ['never takes a moving image', ({ containers }) => (containers[0].image = 'countersign:latest')],
  ])('whose gateway breaks the rule: %s', async (rule, change) => {
    expect(against(rule, await broken(change))).not.toEqual([]);
  });

  test.each([
    ['every manifest is there once', (_, manifests) => manifests.push(manifests[0])],
    ['names and labels are such as DNS and selectors take', (_, [first]) => (first.metadata.name = 'Not_a_name')],
    ['annotations are text', (_, [first]) => (first.metadata.annotations = { a: true })],
    ['each mount has its volume and each volume a mount', ({ spec }) => spec.volumes.pop()],
    ['each mount has its volume and each volume a mount', ({ spec }) => spec.volumes.push({ name: 'a', emptyDir: {} })],
    [
      'no variable and no path of a mount is there twice in a container',
      ({ containers: [, { env }] }) => env.push(env[0]),
    ],
    [
      'secrets and ConfigMaps that pods mount exist, or are known to be made by somebody else',
      (pod) => withVolume(pod, { secret: { secretName: 'countersign-gatway-tls' } }),
    ],
    [
      'service accounts, roles and what they are bound to exist',
      ({ spec }) => (spec.serviceAccountName = 'countersign-gatway'),
    ],
    [
      'a Service leads to the pods of one workload, at a port they have',
      ({ containers }) => delete containers[1].ports,
    ],
    ['a selector chooses the pods of its own workload and no others', ({ owner }) => (owner.spec.selector = {})],
    [
      'budgets and autoscalers are for one workload that exists',
      (_, manifests) => (ofKind(manifests, 'PodDisruptionBudget')[0].spec.selector = { matchLabels: { a: 'b' } }),
    ],
    [
      'probes ask a port that the container has',
      ({ containers }) => (containers[1].livenessProbe.httpGet.port = 'amin'),
    ],
    [
      'spread and policies choose pods that exist',
      ({ spec }) => (spec.topologySpreadConstraints[0].labelSelector = { matchLabels: { a: 'b' } }),
    ],
    [
      'a hook before the installation uses nothing that comes with it',
      (_, manifests) => {
        const install = podsOf(manifests).find(({ owner }) => hooksOf(owner).includes('pre-install'));
        install.spec.serviceAccountName = 'countersign-session';
      },
    ],
  ])('that breaks the rule: %s', async (rule, change) => {
    expect(REFERENCES[rule](await broken(change), knownTo('standard'))).not.toEqual([]);
  });
});
