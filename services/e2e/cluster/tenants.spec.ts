import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { secret } from './harness/backends.js';
import { CHART, RELEASE, TENANT_CHART, machineValues, valuesFile, withValues } from './harness/charts.js';
import { figure, timed } from './harness/figures.js';
import { image, nameOf } from './harness/images.js';
import { newNamespace } from './harness/namespaces.js';
import { countersign, program } from './harness/one-off.js';
import { podSpec } from './harness/pods.js';
import { outcomes, startProbes } from './harness/probes.js';
import { apply, kubectl, tryHelm, tryKubectl, type Ended } from './harness/programs.js';
import { TENANTS, standard, type Standard } from './harness/standard.js';

jest.setTimeout(900_000);

interface Tenant {
  slug: string;
  namespace: string;
  values: Record<string, unknown>;
}

/** A bank's server key: the private half stays in the tenant's namespace, the public one is in its values. */
async function newTenant(slug: string): Promise<Tenant> {
  const namespace = await newNamespace(slug);
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const named = { kid: slug, alg: 'ES256', use: 'sig' };
  await apply(
    namespace,
    secret('bank', { 'key.json': JSON.stringify({ ...privateKey.export({ format: 'jwk' }), ...named }) }),
  );
  const jwks = { keys: [{ ...publicKey.export({ format: 'jwk' }), ...named }] };
  const applications = [
    { name: 'Web', type: 'web', origins: [`https://login.${slug}.example`] },
    { name: 'Server', type: 'server', scopes: ['subjects:write', 'subjects:read', 'introspect'], jwks },
  ];
  return { slug, namespace, values: { tenant: { slug, name: slug, rpId: `${slug}.example`, applications } } };
}

const install = (tenant: Tenant, more: object): Promise<Ended> =>
  tryHelm(
    'upgrade',
    '--install',
    RELEASE,
    TENANT_CHART,
    '--namespace',
    tenant.namespace,
    ...withValues(valuesFile({ ...tenant.values, image: image('now'), ...more })),
    '--wait',
    '--timeout',
    '6m',
  );

interface Applications {
  applications: { clientId: string; name: string }[];
}

/** The bank's own server and a customer's device, in the tenant's namespace. @returns the person's id */
async function signIn(tenant: Tenant, home: string, publicUrl: string): Promise<string> {
  const { applications } = await countersign<Applications>(home, 'application', 'list', '--tenant', tenant.slug);
  const idOf = (name: string): string => applications.find((each) => each.name === name)!.clientId;
  const { subject } = await program<{ subject: string }>('tenant-journey.mjs', {
    namespace: tenant.namespace,
    name: 'journey',
    mounts: { '/bank': { secret: 'bank' } },
    env: {
      API: `http://${RELEASE}-gateway.${home}.svc`,
      PUBLIC_URL: publicUrl,
      WEB: idOf('Web'),
      SERVER: idOf('Server'),
      ORIGIN: `https://login.${tenant.slug}.example`,
    },
  });
  return subject;
}

const slugs = async (home: string): Promise<string[]> =>
  (await countersign<{ tenants: { slug: string }[] }>(home, 'tenant', 'list')).tenants.map(({ slug }) => slug);

describe('tenants as namespaces', () => {
  let platform: Standard;
  let tenants: Tenant[];

  beforeAll(async () => {
    platform = await standard();
    tenants = [];
    for (const slug of TENANTS) tenants.push(await newTenant(slug));
  });

  test('BCB-16.namespace CARD-5.namespaces · two tenants are onboarded by the chart, and people of each sign in from its namespace', async () => {
    for (const tenant of tenants) {
      const { seconds, result } = await timed(() => install(tenant, { platform: { namespace: platform.namespace } }));
      expect(result).toMatchObject({ code: 0 });
      figure(`tenant ${tenant.slug}, helm install --wait`, seconds);
      expect(await tryHelm('test', RELEASE, '--namespace', tenant.namespace)).toMatchObject({ code: 0 });
      expect(await signIn(tenant, platform.namespace, 'https://login.bank.example')).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  test('BCB-16.namespace · what cannot change is refused by the release, with the reason', async () => {
    const [tenant] = tenants as [Tenant];
    const moved = { tenant: { ...(tenant.values.tenant as object), rpId: 'elsewhere.example', applications: [] } };
    const { code, stdout, stderr } = await install(tenant, { ...moved, platform: { namespace: platform.namespace } });
    expect(code).not.toBe(0);
    expect(stdout + stderr).toMatch(/rp ?id/i);
  });

  test('BCB-16.namespace CARD-5.namespaces · its quota and limits refuse what exceeds them', async () => {
    const [{ namespace }] = tenants as [Tenant];
    const pod = (name: string, memory: string): object => {
      const spec = podSpec({ image: nameOf(image('now')), memory, command: ['/usr/local/bin/node', '-e', '0'] });
      return { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { ...spec, restartPolicy: 'Never' } };
    };
    await expect(apply(namespace, pod('greedy', '5Gi'))).rejects.toThrow(/maximum memory usage per Container is 4Gi/);
    await apply(namespace, pod('first', '3Gi'));
    await expect(apply(namespace, pod('second', '3Gi'))).rejects.toThrow(/exceeded quota/);
    await kubectl('delete', 'pod', 'first', '--namespace', namespace);
    const port = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'open' },
      spec: { type: 'NodePort', ports: [{ port: 80 }] },
    };
    await expect(apply(namespace, port)).rejects.toThrow(/exceeded quota/);
  });

  test("BCB-16.namespace CARD-5.namespaces · a tenant's pod reaches the gateway, and neither services, backends nor other tenants", async () => {
    const [one, other] = tenants as [Tenant, Tenant];
    const probes = tenants.map(({ namespace }) => ({ name: 'probe', namespace, labels: { app: 'bank' } }));
    await startProbes(probes);
    const ip = await kubectl('get', 'pod', 'probe', '--namespace', other.namespace, '-o', 'jsonpath={.status.podIP}');
    const inPlatform = (name: string, port: number): string => `${RELEASE}-${name}.${platform.namespace}.svc:${port}`;
    const closed = [
      inPlatform('session', 7000),
      inPlatform('tenant', 7000),
      `${platform.backends.hosts.postgres}:5432`,
      `${ip}:8080`,
    ];
    const seen = await outcomes(probes[0]!, [inPlatform('gateway', 80), ...closed]);
    expect(seen).toEqual({
      [inPlatform('gateway', 80)]: 'connected',
      ...Object.fromEntries(closed.map((address) => [address, 'nothing'])),
    });
    expect(one.namespace).not.toBe(other.namespace);
  });

  test('BCB-16.dedicated · a tenant with an installation of its own: its people sign in there, and nobody knows of the other', async () => {
    const tenant = await newTenant('south-bank');
    const [shared] = tenants as [Tenant, Tenant];
    try {
      const dataPlane = merged(evaluationValues(), machineValues());
      const { seconds, result } = await timed(() => install(tenant, { dedicated: true, dataPlane }));
      expect(result).toMatchObject({ code: 0 });
      figure('dedicated tenant, helm install --wait', seconds);
      const subject = await signIn(tenant, tenant.namespace, 'http://localhost:8400');
      expect((await slugs(tenant.namespace)).sort()).toEqual(['platform', 'south-bank']);
      expect(await slugs(platform.namespace)).not.toContain('south-bank');
      expect(await slugs(platform.namespace)).toContain(shared.slug);
      await expect(
        countersign(platform.namespace, 'subject', 'erase', subject, '--tenant', shared.slug, '--yes'),
      ).rejects.toThrow(/not_found/);
    } finally {
      await tryKubectl('delete', 'namespace', tenant.namespace);
    }
  });

  afterAll(async () => {
    for (const { namespace } of tenants)
      await tryKubectl('delete', 'pod', 'probe', 'journey', '--namespace', namespace, '--wait=false');
  });
});

/** The profile's file, under the name by which the tenant's chart hands it on. */
function evaluationValues(): Record<string, unknown> {
  return parse(readFileSync(`${CHART}/profiles/evaluation.yaml`, 'utf8')) as Record<string, unknown>;
}

/** Maps within maps are joined, as Helm joins files of values. */
function merged(low: Record<string, unknown>, high: Record<string, unknown>): Record<string, unknown> {
  const isMap = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
  const entries = Object.entries(high).map(([key, value]) => {
    const under = low[key];
    return [key, isMap(value) && isMap(under) ? merged(under, value) : value];
  });
  return { ...low, ...(Object.fromEntries(entries) as Record<string, unknown>) };
}
