// Writes infra/charts/schemas: what Kubernetes and the operators accept, so that manifests are checked without a cluster.
//
//   kubectl get --raw /openapi/v2 > openapi.json
//   node infra/charts/make-schemas.mjs openapi.json CRD.yaml…
//
// The CRDs are those of the operators' releases, named in schemas/README.md. Only kinds that the charts render are kept.
// Stricter than an API server: a field it does not know is an error, and so is an empty one (`resources:` with nothing).
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { KINDS } from './lib/kinds.mjs';

const SCHEMAS = join(import.meta.dirname, 'schemas');
const REFERENCE = '#/definitions/';
const META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';
const SCALARS = {
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': { type: ['string', 'integer'] },
  'io.k8s.apimachinery.pkg.api.resource.Quantity': { type: ['string', 'number'] },
};
const KEPT = [
  'type',
  'enum',
  'required',
  'pattern',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
];

const mapped = (object, change) => Object.fromEntries(Object.entries(object).map(([key, one]) => [key, change(one)]));

/** A schema without what only people or an API server read, closed against fields it does not list. */
function strict(schema) {
  if (schema.$ref) return { $ref: schema.$ref };
  if (schema['x-kubernetes-int-or-string']) return { type: ['string', 'integer'] };
  const out = Object.fromEntries(KEPT.filter((key) => key in schema).map((key) => [key, schema[key]]));
  if (schema.items) out.items = strict(schema.items);
  if (schema.properties) out.properties = mapped(schema.properties, strict);
  if (typeof schema.additionalProperties === 'object') out.additionalProperties = strict(schema.additionalProperties);
  else if (schema.properties && !schema['x-kubernetes-preserve-unknown-fields']) out.additionalProperties = false;
  return out;
}

/** Names of the definitions that `schema` speaks of, at whatever depth. */
const referenced = (schema) =>
  [...JSON.stringify(schema).matchAll(/"\$ref":"#\/definitions\/([^"]+)"/g)].map(([, name]) => name);

/** A root with its apiVersion and kind fixed, and without the status, which is the cluster's. */
function rooted(schema, apiVersion, kind) {
  const properties = Object.fromEntries(Object.entries(schema.properties).filter(([name]) => name !== 'status'));
  const fixed = { apiVersion: { const: apiVersion }, kind: { const: kind } };
  const metadata = { $ref: REFERENCE + META };
  return { ...schema, properties: { ...properties, ...fixed, metadata }, required: ['apiVersion', 'kind', 'metadata'] };
}

function kubernetes({ definitions }) {
  const roots = {};
  for (const [name, definition] of Object.entries(definitions))
    for (const { group, version, kind } of definition['x-kubernetes-group-version-kind'] ?? []) {
      const apiVersion = group ? `${group}/${version}` : version;
      if (KINDS.includes(`${apiVersion}/${kind}`) && !name.endsWith('List'))
        roots[`${apiVersion}/${kind}`] = rooted(strict(definition), apiVersion, kind);
    }
  const shared = {};
  for (let wanted = referenced(roots); wanted.length > 0;) {
    const [name, ...rest] = wanted;
    const known = name in shared;
    if (!known) shared[name] = SCALARS[name] ?? strict(definitions[name]);
    wanted = known ? rest : [...rest, ...referenced(shared[name])];
  }
  return { roots, shared };
}

const custom = ({ spec: { group, names, versions } }) =>
  Object.fromEntries(
    versions
      .map(({ name, schema }) => [`${group}/${name}/${names.kind}`, schema.openAPIV3Schema])
      .filter(([id]) => KINDS.includes(id))
      .map(([id, schema]) => [id, rooted(strict(schema), id.slice(0, id.lastIndexOf('/')), names.kind)]),
  );

const [openapi, ...crds] = process.argv.slice(2);
const { roots, shared } = kubernetes(JSON.parse(readFileSync(openapi, 'utf8')));
const others = Object.assign({}, ...crds.map((path) => custom(parse(readFileSync(path, 'utf8')))));
const write = (name, content) => writeFileSync(join(SCHEMAS, name), lines(content));

/** One definition a line: short enough to keep, and a difference shows which one changed. */
const lines = (content) =>
  `{\n${Object.entries(content)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, schema]) => `${JSON.stringify(name)}: ${JSON.stringify(schema)}`)
    .join(',\n')}\n}\n`;

write('kubernetes.json', { ...shared, ...roots });
write('operators.json', others);
const missing = KINDS.filter((id) => !roots[id] && !others[id]);
if (missing.length > 0) console.error(`Not there: ${missing.join(', ')}`);
