import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { countersignWith, createBank, sharedHost, type Bank, type HostProcess } from '@countersign/e2e';

let host: HostProcess;
let bank: Bank;
const folder = mkdtempSync(join(tmpdir(), 'countersign-cli-env-'));
beforeAll(async () => {
  host = await sharedHost();
  bank = await createBank(host);
}, 180_000);
afterAll(() => rmSync(folder, { recursive: true }));

const networked = process.env.E2E_SHAPE === 'services';

/** In processes of their own: a folder with nothing but a `cli.env`. In one process: the settings of its services. */
function settings(as = 'cli', peers = ['tenant', 'enrollment', 'session', 'audit']): string {
  if (!networked) return join(host.options.dataDir, 'settings');
  const path = mkdtempSync(join(folder, 'settings-'));
  const { tlsCertFile, tlsKeyFile, tlsCaFile } = host.info.certificates[as]!;
  const replicasOf = (name: string): string =>
    host.info.processes
      .filter(({ service }) => service === name)
      .map(({ port }) => `127.0.0.1:${port}`)
      .join('|');
  const lines = [
    `COUNTERSIGN_PEERS=${peers.map((name) => `${name}=${replicasOf(name)}`).join(',')}`,
    `COUNTERSIGN_TLS_CERT_FILE=${tlsCertFile}`,
    `COUNTERSIGN_TLS_KEY_FILE=${tlsKeyFile}`,
    `COUNTERSIGN_TLS_CA_FILE=${tlsCaFile}`,
    `COUNTERSIGN_PUBLIC_URL=${host.info.publicUrl}`,
  ];
  writeFileSync(join(path, 'cli.env'), lines.join('\n'));
  return path;
}

describe('countersign journey', () => {
  test('CARD-8.helm · passes twice, each time with another key of the server, and erases its person', async () => {
    for (const run of [1, 2]) {
      const { code, stdout } = await countersignWith(settings(), 'journey', '--json');
      const { ok, steps } = JSON.parse(stdout) as { ok: boolean; steps: { name: string; ms: number }[] };
      expect([run, code, ok, steps.length]).toEqual([run, 0, true, 12]);
      expect(steps.at(-1)).toMatchObject({ name: 'the customer is erased', ok: true });
    }
  }, 120_000);
});

describe('countersign tenant onboard', () => {
  test('BCB-16.namespace · tells a bank where it integrates, and those addresses answer', async () => {
    const { stdout } = await countersignWith(settings(), 'tenant', 'onboard', bank.slug, '--json');
    const sheet = JSON.parse(stdout) as Record<'issuer' | 'discovery' | 'jwks' | 'openapi', string>;
    expect(sheet.issuer).toBe(`${host.info.publicUrl}/v1/t/${bank.slug}`);
    const discovery = (await (await fetch(sheet.discovery)).json()) as { issuer: string; jwks_uri: string };
    expect([discovery.issuer, discovery.jwks_uri]).toEqual([sheet.issuer, sheet.jwks]);
    for (const url of [sheet.jwks, sheet.openapi]) expect([url, (await fetch(url)).status]).toEqual([url, 200]);
  }, 60_000);
});

if (networked)
  describe('the command line over the network', () => {
    test('CARD-8.helm · needs neither database nor keys for what services do', async () => {
      const { code, stdout } = await countersignWith(settings(), 'tenant', 'list', '--json');
      const { tenants } = JSON.parse(stdout) as { tenants: { slug: string }[] };
      expect([code, tenants.map(({ slug }) => slug)]).toEqual([0, expect.arrayContaining(['platform', bank.slug])]);
    }, 60_000);

    test('R25 · says which file is missing where a command needs keys, and whose place nobody told it', async () => {
      const keys = await countersignWith(settings(), 'key', 'list');
      expect([keys.code, keys.stderr]).toEqual([1, expect.stringMatching(/cannot read .*tenant\.env \(ENOENT\)/)]);
      const few = await countersignWith(settings('cli', ['tenant', 'enrollment']), 'quarantine', 'list');
      expect([few.code, few.stderr]).toEqual([1, expect.stringContaining('does not say where audit answers')]);
    }, 60_000);

    test('CARD-8.helm · the journey fails with its step and the problem of that', async () => {
      const { code, stdout, stderr } = await countersignWith(settings('cli', ['enrollment']), 'journey');
      expect([code, stdout]).toEqual([1, expect.stringContaining('does not say where tenant answers')]);
      expect(stderr).toMatch(/^FAIL .* the control plane makes the tenant of this check\n$/);
    }, 60_000);

    test('BCB-9.mtls · the certificate of a service is not that of the command line', async () => {
      const { code, stderr } = await countersignWith(settings('risk'), 'tenant', 'list');
      expect([code, stderr]).toEqual([1, expect.stringContaining('call_refused')]);
    }, 60_000);
  });
