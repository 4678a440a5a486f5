// What Kubernetes and the operators say about the shape of a manifest, without them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';

const SCHEMAS = join(import.meta.dirname, '../schemas');
const read = (name) => JSON.parse(readFileSync(join(SCHEMAS, name), 'utf8'));
const definitions = { ...read('kubernetes.json'), ...read('operators.json'), ...read('strimzi.json') };

// Patterns are those of Go; JavaScript's `u` would refuse escapes that mean nothing there.
const ajv = new Ajv({ allErrors: true, strict: false, unicodeRegExp: false, logger: false });
ajv.addSchema({ $id: 'kinds', definitions });

/**
 * @returns {string[]} what is wrong, each with its place: `/spec/replicas must be integer`
 */
export function violations(manifest) {
  const kind = `${manifest.apiVersion}/${manifest.kind}`;
  if (!definitions[kind]) return [`${kind} is a kind that nobody expected`];
  const validate = ajv.getSchema(`kinds#/definitions/${kind.replaceAll('/', '~1')}`);
  if (validate(manifest)) return [];
  return validate.errors.map(({ instancePath, message, params }) =>
    [instancePath, message, params.additionalProperty ?? params.allowedValues ?? ''].join(' ').trim(),
  );
}
