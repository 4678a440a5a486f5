// A tenant's file as a bank writes it: Helm reads YAML 1.1, where a bare `y` or `n` is a truth value, and both are members of keys.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { checkTenantFile, readTenantFile } from '../../../services/standalone/src/cli/tenant-file/tenant-file.js';
import { CHARTS, manifestsOf, refusal, template } from '../lib/helm.mjs';
import { only } from '../lib/manifests.mjs';

const [, FILE] = /```yaml\n(slug:[^]*?)```/.exec(readFileSync('docs/operators/tenants.md', 'utf8'));
const RSA = '{kty: RSA, kid: core, "e": AQAB, n: sXchDaQebHnPiGvyDOAT4saGEUetSyo9MKLOoWFsueri23bOdgWp4Dy1}';

let folder;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'tenant-file-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The text under `tenant`, as a values file that Helm reads by itself. */
function withFile(text) {
  writeFileSync(join(folder, 'values.yaml'), `tenant:\n${text.replace(/^(?=.)/gm, '  ')}`);
  const files = [relative(join(CHARTS, 'countersign-tenant'), join(folder, 'values.yaml'))];
  return { chart: 'countersign-tenant', release: 'north-bank', namespace: 'north-bank', files };
}

test('CARD-5.helm · the file of the documentation says the same to Helm as to the command line', async () => {
  const document = only(manifestsOf(await template(withFile(FILE))), 'ConfigMap', 'north-bank-tenant').data[
    'tenant.yaml'
  ];
  expect(readTenantFile(document)).toEqual(readTenantFile(FILE));
  expect(() => checkTenantFile(readTenantFile(document))).not.toThrow();
});

test.each([
  ['y', FILE.replace('"y":', 'y:')],
  ['n', FILE.replace(/\{kty[^}]*\}/, RSA)],
])('CARD-5.helm · a key whose %s became a truth value: refused by name, with what to write', async (member, text) => {
  expect(text).not.toBe(FILE);
  expect(await refusal(withFile(text))).toMatch(`applications.1.jwks: write "${member}" in quotes`);
});

test.each(['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'])(
  'R25 · a key with its private member %s: refused before it lies in a ConfigMap and in the release',
  async (member) => {
    const text = FILE.replace('kty: EC,', `kty: EC, ${member}: hunter2,`);
    const said = await refusal(withFile(text));
    expect(said).toMatch('applications.1.jwks holds a private key');
    expect(said).not.toMatch('hunter2');
  },
);
