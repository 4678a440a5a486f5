// The way in: a route to the gateway for what clients need, one for staff, and for nothing else.
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { render } from '../lib/helm.mjs';
import { ofKind, only } from '../lib/manifests.mjs';
import { VARIANTS, merged } from '../lib/variants.mjs';

const EVERYTHING = VARIANTS['standard with everything'];
const STAFF = 'countersign-operator';
const route = async (name = 'countersign-gateway') => only(await render(EVERYTHING), 'HTTPRoute', name).spec;
/** Gateway API: a prefix of whole elements of a path. */
const leads = async (path, name) => {
  const { rules } = await route(name);
  return rules.some(({ matches }) =>
    matches.some(
      ({ path: { type, value } }) => type === 'PathPrefix' && (path === value || path.startsWith(`${value}/`)),
    ),
  );
};

test('CARD-8.gateway · the route leads every documented operation to the gateway', async () => {
  const { servers, paths } = JSON.parse(readFileSync('docs/integrators/openapi.json', 'utf8'));
  for (const path of Object.keys(paths))
    expect({ path, leads: await leads(servers[0].url + path) }).toEqual({ path, leads: true });
  const { rules, hostnames } = await route();
  expect(hostnames).toEqual(['login.bank.example']);
  expect(rules.map(({ backendRefs }) => backendRefs)).toEqual([[{ name: 'countersign-gateway', port: 80 }]]);
});

test.each(['/docs', '/docs/errors', '/v1/openapi.json', '/assets/page.css'])(
  'CARD-8.gateway · the route leads on pages: %s',
  async (path) => {
    expect(await leads(path)).toBe(true);
  },
);

test.each(['/operator', '/operator/operator.js', '/healthz', '/readyz', '/metrics', '/', '/v1x', '/internal'])(
  'CARD-8.gateway · the route does not lead on %s',
  async (path) => {
    expect(await leads(path)).toBe(false);
  },
);

test('CARD-8.gateway · staff reach their page under the same name, by Gateways of their own', async () => {
  for (const path of ['/operator', '/operator/operator.js', '/assets/pages.css', '/v1/openapi.json'])
    expect({ path, leads: await leads(path, STAFF) }).toEqual({ path, leads: true });
  for (const path of ['/healthz', '/metrics', '/']) expect(await leads(path, STAFF)).toBe(false);
  const { hostnames, parentRefs } = await route(STAFF);
  expect(hostnames).toEqual((await route()).hostnames);
  expect(parentRefs).toEqual([{ name: 'staff', namespace: 'ingress' }]);
});

test.each([
  ['without Gateways for staff no route leads to their page', { operator: { parentRefs: [] } }, 'countersign-gateway'],
  ['staff have their route also where clients come another way', { enabled: false }, STAFF],
])('CARD-8.gateway · %s', async (_, values, name) => {
  const manifests = await render({ ...EVERYTHING, values: merged(EVERYTHING.values, { route: values }) });
  expect(ofKind(manifests, 'HTTPRoute').map(({ metadata }) => metadata.name)).toEqual([name]);
});

test.each(Object.keys(VARIANTS))(
  'CARD-8.gateway · %s: the gateway is one address in front of its replicas',
  async (name) => {
    const manifests = await render(VARIANTS[name]);
    const [service] = ofKind(manifests, 'Service').filter(({ metadata }) =>
      metadata.name.endsWith('countersign-gateway'),
    );
    expect(service.spec).toMatchObject({ type: 'ClusterIP', ports: [{ port: 80, targetPort: 'http' }] });
    const { containers } = only(manifests, 'Deployment', service.metadata.name).spec.template.spec;
    expect(containers[0].ports).toContainEqual({ name: 'http', containerPort: 8080 });
  },
);

test('CARD-8.gateway · without a Gateway there is no route', async () => {
  expect(ofKind(await render(VARIANTS.standard), 'HTTPRoute')).toEqual([]);
});
