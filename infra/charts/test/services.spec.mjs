// What each service is given: the settings it knows and no others, its ports, probes, files and neighbours.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { SERVICES, TOPOLOGY } from '@countersign/contracts';
import { parsePeers, settingsFromEnv } from '@countersign/platform';
import { folderSource } from '../../../services/standalone/src/cli/folder-source.js';
import { cliSettings } from '../../../services/standalone/src/cli/network-source.js';
import { readSettings } from '../../../services/standalone/src/cli/read-settings.js';
import { INSTALLED } from '../../../services/standalone/src/services.js';
import { render } from '../lib/helm.mjs';
import { componentOf, ofKind, podsOf, selects } from '../lib/manifests.mjs';
import { VARIANTS, merged } from '../lib/variants.mjs';

const NAMES = Object.keys(VARIANTS);
/** A service takes 25 s at most to answer what it accepted. */
const DRAIN_SECONDS = 25;
/** What sends a service's outbox has connections of its own, in every pod. */
const RELAY_CONNECTIONS = 2;

const rendered = (name) => render(VARIANTS[name]);
const deployments = (manifests) => ofKind(manifests, 'Deployment');
const serving = ({ spec }) => spec.template.spec.containers[0];
const environment = ({ env = [] }) => Object.fromEntries(env.map(({ name, value }) => [name, value]));
const of = (manifests, service) => deployments(manifests).find((one) => componentOf(one) === service);
const peersOf = (caller) => [...new Set(TOPOLOGY.filter(({ from }) => from === caller).map(({ to }) => to))].sort();

describe.each(NAMES)('%s', (name) => {
  test('CARD-8.helm · has a Deployment and a Service for each service, and for nothing else', async () => {
    const manifests = await rendered(name);
    const expected = [...SERVICES].sort();
    expect(deployments(manifests).map(componentOf).sort()).toEqual(expected);
    for (const service of SERVICES) expect(ofKind(manifests, 'Service').map(componentOf)).toContain(service);
  });

  test.each([...SERVICES])(
    'CARD-8.helm · %s knows every setting it is given, and is given all it needs',
    async (service) => {
      const env = environment(serving(of(await rendered(name), service)));
      expect(() => settingsFromEnv(INSTALLED[service].service.settings, env)).not.toThrow();
    },
  );

  test('CARD-8.helm · the command line is told the same as the services, in files it can read', async () => {
    const manifests = await rendered(name);
    const files = ofKind(manifests, 'ConfigMap').filter(({ data }) => data['session.env']);
    expect(files.length).toBeGreaterThan(0);
    for (const { data } of files)
      withFolder(data, (folder) => {
        const source = folderSource(folder);
        for (const service of SERVICES) {
          expect(source.settingsOf(service).problems).toEqual([]);
          const env = environment(serving(of(manifests, service)));
          expect(source.settingsOf(service).settings).toEqual(
            settingsFromEnv(INSTALLED[service].service.settings, env),
          );
        }
        expect(source.admin().problems).toEqual([]);
        expect(readSettings(folder, 'cli', cliSettings).problems).toEqual([]);
      });
  });

  test('CARD-8.helm · a service is told where those are whom it may call, and nobody else', async () => {
    const manifests = await rendered(name);
    for (const service of SERVICES) {
      const peers = parsePeers(environment(serving(of(manifests, service))).COUNTERSIGN_PEERS);
      expect({ service, peers: Object.keys(peers).sort() }).toEqual({ service, peers: peersOf(service) });
      for (const [peer, [address]] of Object.entries(peers)) {
        const { metadata, spec } = ofKind(manifests, 'Service').find((one) => componentOf(one) === peer);
        expect(`${metadata.name}:${spec.ports[0].port}`).toBe(address);
        // One address for each pod: the caller chooses between them, call by call.
        expect(spec.clusterIP).toBe('None');
      }
    }
  });

  test('CARD-8.helm · every file that a setting names is in a mount', async () => {
    for (const pod of podsOf(await rendered(name)))
      for (const container of pod.containers) {
        const paths = Object.entries(environment(container)).filter(([, value]) => /^\/(etc|var\/lib)\//.test(value));
        const mounts = container.volumeMounts.map(({ mountPath }) => mountPath);
        const missing = paths.filter(
          ([, path]) => !mounts.some((mount) => path === mount || path.startsWith(`${mount}/`)),
        );
        expect({ pod: pod.title, missing }).toEqual({ pod: pod.title, missing: [] });
      }
  });

  test('CARD-8.helm · being alive asks the process only, being ready asks whether it wants traffic', async () => {
    for (const deployment of deployments(await rendered(name))) {
      const { startupProbe, livenessProbe, readinessProbe, args, ports } = serving(deployment);
      expect(args).toEqual([componentOf(deployment)]);
      expect(ports).toEqual(
        expect.arrayContaining([
          { name: 'grpc', containerPort: 7000 },
          { name: 'admin', containerPort: 7001 },
        ]),
      );
      expect(livenessProbe.httpGet).toMatchObject({ path: '/healthz', port: 'admin' });
      expect(startupProbe.httpGet).toMatchObject({ path: '/healthz', port: 'admin' });
      expect(readinessProbe.httpGet).toMatchObject({ path: '/readyz', port: 'admin' });
    }
  });

  test('CARD-8.helm · a pod that goes is forgotten by its callers first, then answers what it accepted', async () => {
    for (const { spec } of deployments(await rendered(name))) {
      const { lifecycle, terminationGracePeriodSeconds: grace } = {
        ...spec.template.spec,
        ...spec.template.spec.containers[0],
      };
      const wait = lifecycle.preStop.sleep.seconds;
      expect(wait).toBeGreaterThanOrEqual(3);
      expect(grace).toBeGreaterThan(wait + DRAIN_SECONDS);
      expect(spec.strategy.rollingUpdate.maxUnavailable).toBe(0);
    }
  });

  test('CARD-8.helm · what has replicas is spread, has a budget of one, and may be drained', async () => {
    const manifests = await rendered(name);
    for (const deployment of deployments(manifests)) {
      const { metadata, spec } = deployment;
      const scaler = ofKind(manifests, 'HorizontalPodAutoscaler').find(
        (one) => one.spec.scaleTargetRef.name === metadata.name,
      );
      const least = scaler ? scaler.spec.minReplicas : spec.replicas;
      const budgets = ofKind(manifests, 'PodDisruptionBudget').filter((one) =>
        selects(one.spec.selector, spec.template.metadata.labels),
      );
      // With one replica a budget would keep its node from being drained for ever.
      expect(budgets.map((one) => one.spec.maxUnavailable)).toEqual(least > 1 ? [1] : []);
      const keys = spec.template.spec.topologySpreadConstraints.map(({ topologyKey }) => topologyKey);
      if (least > 1) expect(keys.sort()).toEqual(['kubernetes.io/hostname', 'topology.kubernetes.io/zone']);
    }
  });
});

test.each(['standard', 'regulated'])(
  'CARD-8.helm · %s: PostgreSQL by its operator has connections for all pods at their most, and for those of an upgrade',
  async (name) => {
    const rendering = merged(VARIANTS[name], { values: { database: { mode: 'cloudnative-pg' } } });
    const manifests = await render({ ...rendering, apis: [...rendering.apis, 'postgresql.cnpg.io/v1'] });
    const wanted = deployments(manifests).map((deployment) => {
      const scaler = ofKind(manifests, 'HorizontalPodAutoscaler').find(
        (one) => one.spec.scaleTargetRef.name === deployment.metadata.name,
      );
      const pods = scaler.spec.maxReplicas + deployment.spec.strategy.rollingUpdate.maxSurge;
      return pods * (Number(environment(serving(deployment)).COUNTERSIGN_DATABASE_CONNECTIONS) + RELAY_CONNECTIONS);
    });
    const [{ spec }] = ofKind(manifests, 'Cluster');
    const most = Number(spec.postgresql.parameters.max_connections);
    const sum = wanted.reduce((all, one) => all + one, 0);
    expect(sum).toBeLessThan(most);
    expect(readFileSync('docs/operators/kubernetes.md', 'utf8')).toContain(`${sum} in \`${name}\``);
  },
);

describe('a setting', () => {
  const judged = async (change) => {
    const env = environment(serving(of(await rendered('standard'), 'session')));
    return () => settingsFromEnv(INSTALLED.session.service.settings, change(env));
  };

  test.each([
    [
      'that no service knows is caught',
      (env) => ({ ...env, COUNTERSIGN_NONSENSE: 'x' }),
      /COUNTERSIGN_NONSENSE: unknown setting/,
    ],
    [
      'that is missing is caught',
      (env) => ({ ...env, COUNTERSIGN_PUBLIC_URL: undefined }),
      /COUNTERSIGN_PUBLIC_URL: is required/,
    ],
    [
      'that is wrong is caught',
      (env) => ({ ...env, COUNTERSIGN_PEERS: 'sesion=a:1' }),
      /COUNTERSIGN_PEERS: there is no service/,
    ],
  ])('CARD-8.helm · %s', async (_, change, problem) => {
    expect(await judged(change)).toThrow(problem);
  });

  test('CARD-8.helm · given to one service stands over that of all', async () => {
    const settings = { COUNTERSIGN_LOG_LEVEL: 'debug' };
    const manifests = await render({
      ...VARIANTS.standard,
      values: merged(VARIANTS.standard.values, { services: { session: { settings } } }),
    });
    expect(environment(serving(of(manifests, 'session')))).toMatchObject(settings);
    expect(environment(serving(of(manifests, 'risk')))).toMatchObject({ COUNTERSIGN_LOG_LEVEL: 'info' });
  });
});

function withFolder(files, use) {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-charts-'));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
