// What docs/operators/kubernetes.md tells a bank to write and to bring is what the chart takes and asks for.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { provisionHelm } from '../../scripts/provision/helm.mjs';
import { CHARTS, manifestsOf, render } from '../lib/helm.mjs';
import { ofKind, podsOf } from '../lib/manifests.mjs';
import { violations } from '../lib/schemas.mjs';
import { DIGEST, VARIANTS } from '../lib/variants.mjs';

const TEXT = readFileSync('docs/operators/kubernetes.md', 'utf8');
const APIS = ['cert-manager.io/v1', 'gateway.networking.k8s.io/v1'];
const bank = () => {
  const [, block] = /```yaml\n(publicUrl:[^]*?)```/.exec(TEXT);
  return parse(block.replace('sha256:…', DIGEST));
};
const installed = (profile) => render({ files: [`profiles/${profile}.yaml`], values: bank(), apis: APIS });

test.each(['standard', 'regulated'])(
  'CARD-8.helm · the bank’s values of the documentation are all that %s needs',
  async (profile) => {
    expect(ofKind(await installed(profile), 'Deployment').length).toBeGreaterThan(0);
  },
);

test('CARD-8.helm · the documented issuer of cert-manager is the one the chart asks, with an authority of its own', async () => {
  const [, block] = /```yaml\n(apiVersion: cert-manager[^]*?)```/.exec(TEXT);
  const written = manifestsOf(block);
  expect(written.flatMap(violations)).toEqual([]);
  const [first, authority, issuer] = written;
  expect(authority.spec.issuerRef).toEqual({ kind: first.kind, name: first.metadata.name });
  expect(issuer.spec.ca).toEqual({ secretName: authority.spec.secretName });
  const asked = ofKind(await installed('standard'), 'Certificate').map(({ spec }) => spec.issuerRef);
  for (const { kind, name } of asked) expect({ kind, name }).toEqual({ kind: issuer.kind, name: issuer.metadata.name });
  expect(asked.length).toBeGreaterThan(0);
});

test('CARD-8.helm · every Secret that has to be there beforehand is documented, with its keys', async () => {
  const manifests = await installed('standard');
  const made = ofKind(manifests, 'Certificate').map(({ spec }) => spec.secretName);
  const wanted = podsOf(manifests).flatMap(({ spec }) => spec.volumes.flatMap(secretsOf));
  const missing = wanted.filter(({ name }) => !made.includes(name)).filter((one) => !rows().some((row) => row(one)));
  expect(missing).toEqual([]);
  expect(wanted.length).toBeGreaterThan(20);
});

test('R25 CARD-8.helm · the documented commands make a Secret as pods read it, and leave no file', async () => {
  const [, commands] = /```\n(umask[^]*?)```/.exec(TEXT);
  const { KUBECTL } = await provisionHelm();
  const folder = mkdtempSync(join(tmpdir(), 'countersign-secret-'));
  const stubs = `openssl() { printf %s "$3$3"; }\nkubectl() { '${KUBECTL}' "$@" --dry-run=client --output json; }\n`;
  const { stdout } = spawnSync('bash', ['-euc', stubs + commands], { cwd: folder, encoding: 'utf8' });
  const left = readdirSync(folder);
  rmSync(folder, { recursive: true });
  const { metadata, data } = JSON.parse(stdout);
  expect(metadata).toMatchObject({ name: 'countersign-session-database', namespace: 'countersign' });
  expect(Object.keys(data).sort()).toEqual(['relay-url', 'url']);
  const logins = Object.values(data).map((text) => new URL(Buffer.from(text, 'base64').toString()));
  expect(logins.map(({ username }) => username).sort()).toEqual(['cs_session', 'cs_session_relay']);
  expect(logins.map(({ password }) => password)).toEqual(['2424', '2424']);
  expect(left).toEqual([]);
});

const secretsOf = ({ secret, projected }) => [
  ...(secret ? [{ name: secret.secretName, keys: keysOf(secret) }] : []),
  ...(projected?.sources ?? []).flatMap(({ secret: one }) => (one ? [{ name: one.name, keys: keysOf(one) }] : [])),
];
const keysOf = ({ items = [] }) => items.map(({ key }) => key);

/** Rows of the table of Secrets: whether one speaks of a secret, and of the keys that are read of it. */
const rows = () =>
  [...TEXT.matchAll(/^\| (`(?:<fullname>|database\.|kafka\.)[^|]*) \| ([^|]*) \|/gm)].map(
    ([, names, keys]) =>
      ({ name, keys: read }) =>
        [...names.matchAll(/`([^`]+)`/g)].some(([, pattern]) => nameOf(pattern).test(name)) &&
        read.every((key) => keys.includes(`\`${key}\``)),
  );
/** `<fullname>-<service>-database` is a name with holes; `kafka.adminSecret` a value that holds one. */
const nameOf = (pattern) => {
  const value = pattern.split('.').reduce((at, key) => at?.[key], bank());
  return new RegExp(`^${value ?? pattern.replace('<fullname>', 'countersign').replace('<service>', '[a-z]+')}$`);
};

/** Keys of Secrets that look like values. */
const KEYS = ['tls.crt', 'tls.key'];

test('CARD-8.helm · every value that the documentation names exists', () => {
  const schema = JSON.parse(readFileSync(join(CHARTS, 'countersign/values.schema.json'), 'utf8'));
  const resolved = (at) =>
    at?.$ref
      ? resolved(
          at.$ref
            .slice(2)
            .split('/')
            .reduce((one, key) => one[key], schema),
        )
      : at;
  const isKnown = (path) => {
    let at = schema;
    for (const key of path) {
      const next = key.startsWith('<') ? Object.values(at.properties ?? {})[0] : at.properties?.[key];
      if (!next) return Boolean(at.additionalProperties) || (at.type === 'object' && !at.properties);
      at = resolved(next);
    }
    return true;
  };
  const named = [...TEXT.matchAll(/`([a-zA-Z]+(?:\.[a-zA-Z<>]+)+)(?::[^`]*)?`/g)]
    .map(([, path]) => path.split('.'))
    .filter(([first, second]) => first in schema.properties && !KEYS.includes(`${first}.${second}`));
  expect(named.filter((path) => !isKnown(path)).map((path) => path.join('.'))).toEqual([]);
  expect(named.length).toBeGreaterThan(20);
});

test('CARD-8.helm · files that the documentation passes to Helm exist', () => {
  const files = [...TEXT.matchAll(/(?:--values|helm \w+ \S+) (charts\/\S+)/g)].map(([, path]) => path);
  expect(files.length).toBeGreaterThan(4);
  for (const path of files) expect(() => readdirSync(path.endsWith('.yaml') ? join(path, '..') : path)).not.toThrow();
});

describe('examples of the tenant chart', () => {
  const folder = join(CHARTS, 'countersign-tenant/examples');
  test.each(readdirSync(folder))('CARD-5.helm · %s is accepted', async (name) => {
    const { apis } = VARIANTS['standard with everything'];
    const example = { chart: 'countersign-tenant', release: 'north-bank', namespace: 'north-bank', apis };
    const manifests = await render({ ...example, values: parse(readFileSync(join(folder, name), 'utf8')) });
    expect(ofKind(manifests, 'Job').length).toBeGreaterThan(0);
  });
});
