// Who a pod is, and what it may read: its own certificate, its own database, its own keys; rights that are named one by one.
import { describe, expect, test } from '@jest/globals';
import { SERVICES } from '@countersign/contracts';
import { serviceUri } from '@countersign/keys';
import { render } from '../lib/helm.mjs';
import { componentOf, ofKind, podsOf, title } from '../lib/manifests.mjs';
import { VARIANTS } from '../lib/variants.mjs';

const CERTIFIED = Object.keys(VARIANTS).filter((name) => VARIANTS[name].apis?.includes('cert-manager.io/v1'));

/** Secrets that a pod mounts, and those of their keys that it sees; all of them where none is named. */
const secretsOf = ({ spec }) =>
  (spec.volumes ?? []).flatMap(({ secret, projected }) => [
    ...(secret ? [{ name: secret.secretName, keys: secret.items?.map(({ key }) => key) }] : []),
    ...(projected?.sources ?? []).flatMap(({ secret: source }) =>
      source ? [{ name: source.name, keys: source.items?.map(({ key }) => key) }] : [],
    ),
  ]);
/** An authority is no secret. */
const isSecret = ({ keys }) => !keys || keys.some((key) => key !== 'ca.crt');
/** The service or `cli` that a secret of the release is named after. */
const ownerOf = (secret) =>
  [...SERVICES, 'cli'].find((service) => new RegExp(`countersign-${service}-(tls|database|kafka|keys)$`).test(secret));

const heldBy = (pod) =>
  secretsOf(pod)
    .filter(isSecret)
    .map(({ name }) => name)
    .filter(ownerOf);

/** Pods that call services as the command line. */
const CALLS = ['test', 'command'];
/** What those read that are no service: who installs opens every database, and what tenant has. */
const READS = {
  install: /-(database|tenant-keys|tenant-kafka)$/,
  test: /-cli-tls$/,
  // A command that somebody asked for, for as long as it runs.
  command: /-(database|keys|kafka|cli-tls)$/,
};

describe.each(Object.keys(VARIANTS))('%s', (name) => {
  test('BCB-9.mtls · a pod holds the certificate of its own service and no other', async () => {
    for (const pod of podsOf(await render(VARIANTS[name]))) {
      const component = componentOf(pod.owner);
      const held = heldBy(pod).filter((secret) => secret.endsWith('-tls'));
      const mine = SERVICES.includes(component) ? component : CALLS.includes(component) ? 'cli' : undefined;
      expect({ pod: pod.title, held: held.map(ownerOf) }).toEqual({ pod: pod.title, held: mine ? [mine] : [] });
    }
  });

  test('BCB-9.mtls · a service reads no secret of another; only who installs knows the databases of all', async () => {
    for (const pod of podsOf(await render(VARIANTS[name]))) {
      const component = componentOf(pod.owner);
      const foreign = heldBy(pod).filter((secret) => ownerOf(secret) !== component);
      const read = foreign.filter((secret) => !(READS[component] ?? /^$/).test(secret));
      expect({ pod: pod.title, read }).toEqual({ pod: pod.title, read: [] });
    }
  });

  test('CARD-8.helm · rights at the API server are named one by one, and nobody may read what others made', async () => {
    for (const role of ofKind(await render(VARIANTS[name]), 'Role', 'ClusterRole')) {
      expect(title(role)).toMatch(/^Role .*-(install|secrets|command)$/);
      for (const { verbs, resources, resourceNames = [] } of role.rules) {
        expect(['configmaps', 'secrets']).toEqual(expect.arrayContaining(resources));
        expect(['create', 'get', 'patch']).toEqual(expect.arrayContaining(verbs));
        if (!verbs.includes('create')) expect(resourceNames.length).toBeGreaterThan(0);
      }
    }
  });
});

test.each(CERTIFIED)('BCB-9.mtls · %s: a certificate names its service and nothing else', async (name) => {
  const manifests = await render(VARIANTS[name]);
  const certificates = ofKind(manifests, 'Certificate');
  expect(certificates.map(componentOf).sort()).toEqual([...SERVICES, 'cli'].sort());
  for (const certificate of certificates) {
    const { uris, dnsNames, ipAddresses, commonName, usages, isCA, privateKey } = certificate.spec;
    expect({ uris, dnsNames, ipAddresses, commonName, isCA }).toEqual({ uris: [serviceUri(componentOf(certificate))] });
    expect(usages.toSorted()).toEqual(['client auth', 'digital signature', 'server auth']);
    expect(privateKey).toMatchObject({ algorithm: 'ECDSA', rotationPolicy: 'Always' });
  }
});
