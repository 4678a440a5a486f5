import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';

const api = JSON.parse(readFileSync('docs/integrators/openapi.json', 'utf8'));

/** RFC 6749 §3.2: parameters that are not understood are ignored. A policy is read member by member. */
const OPEN = ['/oauth/token', '/oauth/introspect', '/oauth/revoke', '/policy/preview'];
const BIOMETRIC = /biometr|finger|face|iris|retina|voice|minutia|palm|vein|photo|image|sample/i;

/** Every schema of an object below a value. */
const objectsIn = (value) =>
  typeof value === 'object' && value !== null
    ? [...(value.type === 'object' ? [value] : []), ...Object.values(value).flatMap(objectsIn)]
    : [];

const schemaOf = ({ $ref }) =>
  $ref
    .split('/')
    .slice(1)
    .reduce((at, name) => at[name], api);
const refsIn = (value) => [...JSON.stringify(value).matchAll(/"\$ref":"(#[^"]+)"/g)].map(([, $ref]) => ({ $ref }));

const bodies = Object.entries(api.paths).flatMap(([path, operations]) =>
  Object.entries(operations)
    .filter(([, { requestBody }]) => requestBody)
    .map(([method, { requestBody }]) => ({ path, what: `${method} ${path}`, body: requestBody })),
);

test('BCB-10.biometric · no request of the API has a member for what a finger or a face looks like', () => {
  const objects = bodies.flatMap(({ what, body }) =>
    objectsIn([body, ...refsIn(body).map(schemaOf)]).map(({ properties = {} }) => ({
      what,
      names: Object.keys(properties),
    })),
  );
  expect(objects.length).toBeGreaterThan(20);
  expect(objects.filter(({ names }) => names.some((name) => BIOMETRIC.test(name)))).toEqual([]);
});

// A credential is the browser's own JSON (WebAuthn L3 §5.1), which may grow; what is not named here is not read there.
test('BCB-10.biometric · nor does one take a member that is not named, beside the credential that a browser made', () => {
  const open = bodies
    .filter(({ path }) => !OPEN.includes(path))
    .filter(({ body }) => objectsIn(body.content).some(({ additionalProperties }) => additionalProperties !== false));
  expect(bodies.length).toBeGreaterThan(20);
  expect(open.map(({ what }) => what)).toEqual([]);
});
