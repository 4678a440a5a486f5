// A tenant is a namespace: what it holds, what it may use, whom it reaches; with `dedicated` a whole installation of its own.
import { describe, expect, test } from '@jest/globals';
import { SERVICES } from '@countersign/contracts';
import { parseInput } from '../../../services/standalone/src/cli/parse.js';
import { readTenantFile } from '../../../services/standalone/src/cli/tenant-file/tenant-file.js';
import { tenantApply } from '../../../services/standalone/src/cli/commands/tenant-apply.js';
import { HARDENING } from '../lib/hardening.mjs';
import { NAMESPACE, refusal, render } from '../lib/helm.mjs';
import { componentOf, hooksOf, ofKind, only, podsOf, title } from '../lib/manifests.mjs';
import { reaches } from '../lib/network.mjs';
import { REFERENCES } from '../lib/references.mjs';
import { violations } from '../lib/schemas.mjs';
import { TENANTS, VARIANTS, knownTo, merged } from '../lib/variants.mjs';

const NAMES = Object.keys(TENANTS);
const DEDICATED = NAMES.filter((name) => TENANTS[name].values.dedicated);
const HOME = TENANTS.tenant.namespace;
/** With the platform beside it, where the tenant shares one: there its Job runs. */
const whole = async (name) => [
  ...(await render(TENANTS[name])),
  ...(DEDICATED.includes(name) ? [] : await render(VARIANTS.standard)),
];
const applyJob = async (name) =>
  podsOf(await render(TENANTS[name])).find(({ owner }) => owner.metadata.name === 'countersign-tenant-north-bank');

describe.each(NAMES)('%s', (name) => {
  test('CARD-5.helm BCB-16.namespace · is what Kubernetes knows, field by field', async () => {
    const manifests = await render(TENANTS[name]);
    expect(manifests.flatMap((one) => violations(one).map((problem) => `${title(one)} ${problem}`))).toEqual([]);
  });

  test.each(Object.keys(HARDENING))('CARD-5.helm · every pod %s', async (rule) => {
    const manifests = await whole(name);
    const mine = podsOf(await render(TENANTS[name]));
    expect(mine.flatMap((pod) => HARDENING[rule](pod, manifests).map((one) => `${pod.title}: ${one}`))).toEqual([]);
  });

  test.each(Object.keys(REFERENCES))('CARD-5.helm · %s', async (rule) => {
    const known = [knownTo(name), knownTo('standard')];
    const all = { secrets: known.flatMap((one) => one.secrets), configMaps: known.flatMap((one) => one.configMaps) };
    expect(REFERENCES[rule](await whole(name), all)).toEqual([]);
  });

  test('CARD-5.helm BCB-16.namespace · is brought to Countersign as a file that the command line reads', async () => {
    const { spec, title: of } = await applyJob(name);
    const { args } = spec.containers[0];
    expect(() => parseInput(tenantApply, args.slice(2))).not.toThrow();
    const volume = spec.volumes.find(({ configMap }) => configMap?.name === of.replace('Job ', ''));
    const mount = spec.containers[0].volumeMounts.find((one) => one.name === volume.name);
    expect(args[args.indexOf('--file') + 1]).toBe(`${mount.mountPath}/tenant.yaml`);
    const document = only(await render(TENANTS[name]), 'ConfigMap', volume.configMap.name).data['tenant.yaml'];
    expect(readTenantFile(document)).toMatchObject({ slug: 'north-bank', rpId: 'north-bank.example' });
    expect(only(await render(TENANTS[name]), 'ConfigMap', 'north-bank-tenant').data['tenant.yaml']).toBe(document);
  });

  test('CARD-5.helm · a tenant that was refused fails the release, with the reason', async () => {
    const { owner } = await applyJob(name);
    expect(hooksOf(owner).sort()).toEqual(['post-install', 'post-rollback', 'post-upgrade']);
    expect(owner.metadata.annotations['helm.sh/hook-output-log-policy']).toBe('hook-failed');
    expect(owner.spec).toMatchObject({ backoffLimit: 0, template: { spec: { restartPolicy: 'Never' } } });
  });

  test('BCB-16.namespace · the namespace has a quota, limits, and an account bound to the tenant’s key', async () => {
    const manifests = await render(TENANTS[name]);
    const [quota] = ofKind(manifests, 'ResourceQuota');
    expect(Object.keys(quota.spec.hard)).toEqual(expect.arrayContaining(['requests.cpu', 'limits.memory', 'pods']));
    expect(ofKind(manifests, 'LimitRange')[0].spec.limits).toHaveLength(1);
    const { annotations } = only(manifests, 'ServiceAccount', 'north-bank').metadata;
    expect(annotations).toEqual({ 'role.bank.example/key': 'north-bank' });
  });

  test('CARD-5.helm · whatever the chart makes has the labels that were asked for', async () => {
    const values = merged(TENANTS[name].values, { labels: { 'cost-centre': '4711' } });
    const mine = (await render({ ...TENANTS[name], values })).filter(
      ({ metadata }) => metadata.labels['app.kubernetes.io/name'] === 'countersign-tenant',
    );
    expect(mine.length).toBeGreaterThan(8);
    for (const one of mine) expect(one.metadata.labels).toMatchObject({ 'cost-centre': '4711' });
  });

  test('BCB-16.namespace · whatever runs in the namespace is closed, both ways, but for names and its gateway', async () => {
    const manifests = await whole(name);
    const open = (from, to, port, protocol) => reaches(manifests, from, to, { port, protocol, namespace: HOME });
    const server = { labels: { app: 'server-of-the-bank' }, namespace: HOME };
    expect(open(server, { address: '203.0.113.9' }, 443)).toBe(false);
    expect(open({ labels: {}, namespace: 'elsewhere' }, server, 443)).toBe(false);
    expect(open(server, { labels: { 'k8s-app': 'kube-dns' }, namespace: 'kube-system' }, 53, 'UDP')).toBe(true);
  });
});

describe('a tenant that shares the platform', () => {
  const CALLER = { labels: { app: 'server-of-the-bank' }, namespace: HOME };

  test('BCB-16.namespace · reaches the gateway’s door and no service behind it', async () => {
    const manifests = await whole('tenant');
    for (const { owner, labels } of podsOf(await render(VARIANTS.standard))) {
      const end = { labels, namespace: NAMESPACE, ports: { 8080: 'http', 7000: 'grpc' } };
      for (const port of [7000, 7001, 5432])
        expect({
          to: componentOf(owner),
          port,
          open: reaches(manifests, CALLER, end, { port, namespace: HOME }),
        }).toEqual({
          to: componentOf(owner),
          port,
          open: false,
        });
    }
  });

  test('BCB-16.namespace · its own policies let it out to the platform’s gateway only', async () => {
    const policies = await render(TENANTS.tenant);
    const reached = podsOf(await render(VARIANTS.standard))
      .filter(({ labels }) =>
        reaches(policies, CALLER, { labels, namespace: NAMESPACE }, { port: 8080, namespace: HOME }),
      )
      .map(({ owner }) => componentOf(owner));
    expect(reached).toEqual(['gateway']);
  });

  test('CARD-5.helm · leaves nothing in the platform’s namespace but what its Job needs while it runs', async () => {
    const there = (await render(TENANTS.tenant)).filter(({ metadata }) => metadata.namespace === NAMESPACE);
    expect(there.map(({ kind }) => kind).sort()).toEqual(['ConfigMap', 'Job', 'ServiceAccount']);
    for (const one of there) expect(one.metadata.annotations['helm.sh/hook-delete-policy']).toContain('hook-succeeded');
  });

  test('CARD-5.helm · two tenants have nothing of one name in one namespace', async () => {
    const other = { ...TENANTS.tenant, release: 'south-bank', namespace: 'south-bank' };
    const south = await render({ ...other, values: merged(other.values, { tenant: { slug: 'south-bank' } }) });
    const names = [...(await render(TENANTS.tenant)), ...south].map((one) => `${one.metadata.namespace} ${title(one)}`);
    expect(new Set(names).size).toBe(names.length);
  });

  test('CARD-5.helm · its Job is known to the platform’s policies as the command line', async () => {
    const { labels } = await applyJob('tenant');
    const job = { labels, namespace: NAMESPACE };
    const manifests = await render(VARIANTS.standard);
    const tenantService = podsOf(manifests).find(({ owner }) => componentOf(owner) === 'tenant');
    const service = { labels: tenantService.labels, namespace: NAMESPACE, ports: { 7000: 'grpc' } };
    expect(reaches(manifests, job, service, { port: 7000, namespace: NAMESPACE })).toBe(true);
    expect(reaches(manifests, service, job, { port: 7000, namespace: NAMESPACE })).toBe(false);
    const other = { ...job, labels: { ...labels, 'app.kubernetes.io/instance': 'another-release' } };
    expect(reaches(manifests, other, service, { port: 7000, namespace: NAMESPACE })).toBe(false);
  });
});

describe.each(DEDICATED)('%s', (name) => {
  test('BCB-16.dedicated · has every service in its own namespace, and nothing anywhere else', async () => {
    const manifests = await render(TENANTS[name]);
    expect(ofKind(manifests, 'Deployment').map(componentOf).sort()).toEqual([...SERVICES].sort());
    expect([...new Set(manifests.map(({ metadata }) => metadata.namespace))]).toEqual([HOME]);
    const { spec } = await applyJob(name);
    const settings = spec.volumes.find(({ configMap }) => configMap?.name.endsWith('-install-settings'));
    expect(() => only(manifests, 'ConfigMap', settings.configMap.name)).not.toThrow();
  });

  test('BCB-16.dedicated · nothing of the namespace has the name of something of its installation, whatever the release is called', async () => {
    for (const release of ['north-bank', 'countersign']) {
      const names = (await render({ ...TENANTS[name], release })).map(title);
      expect(names.filter((one, at) => names.indexOf(one) !== at)).toEqual([]);
    }
  });

  test('BCB-16.dedicated · its Job goes where its services go, with the image they have', async () => {
    const place = {
      image: { pullPolicy: 'Always', pullSecrets: ['pull'] },
      priorityClassName: 'identity',
      nodeSelector: { bank: 'north' },
      tolerations: [{ key: 'bank', operator: 'Exists' }],
    };
    const { values } = TENANTS[name];
    const manifests = await render({ ...TENANTS[name], values: merged(values, { dataPlane: place }) });
    const pods = ['countersign-tenant-north-bank', 'north-bank-discovery', 'north-bank-countersign-session'];
    const placed = podsOf(manifests).filter(({ owner }) => pods.includes(owner.metadata.name));
    const [first, ...others] = placed.map(({ spec, containers: [{ image, imagePullPolicy }] }) => {
      const { imagePullSecrets, priorityClassName, nodeSelector, tolerations } = spec;
      return { image, imagePullPolicy, imagePullSecrets, priorityClassName, nodeSelector, tolerations };
    });
    expect(first).toMatchObject({
      imagePullPolicy: 'Always',
      imagePullSecrets: [{ name: 'pull' }],
      nodeSelector: { bank: 'north' },
    });
    expect(others).toEqual([first, first]);
  });

  test('BCB-16.dedicated · a command runs beside its installation, whose parts say which chart they are of', async () => {
    const { values } = TENANTS[name];
    const args = ['tenant', 'onboard', 'north-bank'];
    const asked = { ...TENANTS[name], values: merged(values, { dataPlane: { command: { args } } }), apis: [] };
    const job = only(await render(asked), 'Job', 'north-bank-countersign-command');
    expect(job.metadata.namespace).toBe(HOME);
    expect(job.metadata.labels['helm.sh/chart']).toMatch(/^countersign-[0-9.]+$/);
    expect(job.spec.template.spec.containers[0].args).toEqual(expect.arrayContaining(args));
  });

  test('BCB-16.dedicated · its services talk to one another and to no platform', async () => {
    const manifests = [...(await render(TENANTS[name])), ...(await render(VARIANTS.standard))];
    const pods = (list) => podsOf(list).filter(({ owner }) => SERVICES.includes(componentOf(owner)));
    const ends = (list, namespace) => pods(list).map(({ labels }) => ({ labels, namespace, ports: { 7000: 'grpc' } }));
    const own = ends(await render(TENANTS[name]), HOME);
    const platform = ends(await render(VARIANTS.standard), NAMESPACE);
    const open = (from, to) => reaches(manifests, from, to, { port: 7000, namespace: HOME });
    const crossing = own.flatMap((one) => platform.filter((other) => open(one, other) || open(other, one)));
    expect(crossing).toEqual([]);
    expect(own.some((from) => own.some((to) => from !== to && open(from, to)))).toBe(true);
  });

  test('BCB-16.dedicated · its quota is enough for all services at their most, and one more of each', async () => {
    const manifests = await render(TENANTS[name]);
    const { hard } = ofKind(manifests, 'ResourceQuota')[0].spec;
    const most = (deployment) =>
      ofKind(manifests, 'HorizontalPodAutoscaler').find(
        ({ spec }) => spec.scaleTargetRef.name === deployment.metadata.name,
      )?.spec.maxReplicas ?? deployment.spec.replicas;
    const wanted = ofKind(manifests, 'Deployment').map((one) => ({
      pods: most(one) + 1,
      ...one.spec.template.spec.containers[0].resources.requests,
    }));
    const sum = (of) => wanted.reduce((all, one) => all + one.pods * of(one), 0);
    expect(sum(() => 1)).toBeLessThanOrEqual(Number(hard.pods));
    expect(sum(({ cpu }) => cores(cpu))).toBeLessThanOrEqual(cores(hard['requests.cpu']));
    expect(sum(({ memory }) => bytes(memory))).toBeLessThanOrEqual(bytes(hard['requests.memory']));
  });
});

const cores = (text) => (String(text).endsWith('m') ? Number(text.slice(0, -1)) / 1000 : Number(text));
const bytes = (text) => Number(text.slice(0, -2)) * { Mi: 1024 ** 2, Gi: 1024 ** 3 }[text.slice(-2)];

describe('a tenant that makes no sense', () => {
  test.each([
    ['no slug', { tenant: { slug: '' } }, /tenant.slug is/],
    ['a slug of capitals', { tenant: { slug: 'North' } }, /tenant.slug is/],
    ['no name', { tenant: { name: '' } }, /tenant.name is missing/],
    ['a domain with a scheme', { tenant: { rpId: 'https://north-bank.example' } }, /tenant.rpId is/],
    ['a key nobody knows', { tenant: { slugg: 'a' } }, /slugg/],
    [
      'a private key',
      { tenant: { applications: [{ name: 'a', type: 'server', jwks: { keys: [{ kty: 'EC', d: 'x' }] } }] } },
      /private key/,
    ],
    ['a server without a key', { tenant: { applications: [{ name: 'a', type: 'server' }] } }, /without jwks/],
    ['the platform’s own namespace', { platform: { namespace: HOME } }, /namespace of its own/],
    ['a data plane of which nothing is said', { dedicated: true }, /publicUrl is missing/],
    ['a digest that is none', { image: { digest: 'sha256:12' } }, /image.digest/],
  ])('CARD-5.helm · %s: refused by name', async (_, values, sentence) => {
    const said = await refusal({ ...TENANTS.tenant, values: merged(TENANTS.tenant.values, values) });
    expect(said).toMatch(sentence);
  });

  test('BCB-16.dedicated · what the chart of a data plane refuses, it refuses here', async () => {
    const { values } = TENANTS['dedicated tenant, regulated'];
    const wrong = merged(values, { dataPlane: { image: { digest: '' }, nonsense: true } });
    expect(await refusal({ ...TENANTS['dedicated tenant, regulated'], values: wrong })).toMatch(/nonsense/);
    const tagged = merged(values, { dataPlane: { image: { digest: '' } } });
    expect(await refusal({ ...TENANTS['dedicated tenant, regulated'], values: tagged })).toMatch(
      /image.digest is missing/,
    );
  });
});
