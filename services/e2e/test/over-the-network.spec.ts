import { copyFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  AdminDatabase,
  HostProcess,
  call,
  countersignWith,
  createBank,
  createCustomer,
  eventually,
  verifyPublished,
  type Bank,
  type CommandEnded,
  type Customer,
} from '@countersign/e2e';

let host: HostProcess;
let bank: Bank;
const folder = mkdtempSync(join(tmpdir(), 'countersign-cli-env-'));
beforeAll(async () => {
  // Of its own: the journey's tenant has the limits of a new one, which the requests of other files would have used up.
  host = await HostProcess.start();
  bank = await createBank(host);
}, 180_000);
afterAll(async () => {
  await host?.stop();
  rmSync(folder, { recursive: true });
}, 60_000);

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

/** Those of the command line over the network, with what commands about keys need beside: the log is tenant's, `kek` enrollment's. */
function withFilesOf(...services: string[]): string {
  const path = settings();
  for (const service of services)
    copyFileSync(join(host.options.dataDir, 'settings', `${service}.env`), join(path, `${service}.env`));
  return path;
}

/** By person: whose, the tenant key that wraps it, and the wrapped data key itself. */
type DataKeys = Map<string, { tenant: string; under: string; wrapped: string }>;

async function dataKeys(): Promise<DataKeys> {
  const database = new AdminDatabase(host);
  const rows = await database.rows<{ id: string; tenant: string; under: string; wrapped: string }>(
    `select id::text, tenant::text, encode(substr(wrapped_data_key, 2, 4), 'hex') as under,
       encode(wrapped_data_key, 'hex') as wrapped from enrollment.subject where wrapped_data_key is not null`,
  );
  await database.close();
  return new Map(rows.map(({ id, ...row }) => [id, row]));
}

describe('countersign journey', () => {
  test('CARD-8.helm · passes twice, each time with another key of the server, and erases its person', async () => {
    for (const run of [1, 2]) {
      const { code, stdout } = await countersignWith(settings(), 'journey', '--json');
      const { ok, steps } = JSON.parse(stdout) as { ok: boolean; steps: { name: string; ok: boolean }[] };
      expect(steps.filter((step) => !step.ok)).toEqual([]);
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
    let rewrapped: { of: Bank; people: Customer[]; before: DataKeys; ended: Promise<CommandEnded> };
    /** It waits for half a minute: other commands are tried meanwhile. */
    beforeAll(async () => {
      const of = await createBank(host);
      const people = [await createCustomer(host, of), await createCustomer(host, of), await createCustomer(host, bank)];
      const before = await dataKeys();
      const ended = countersignWith(
        withFilesOf('tenant', 'enrollment'),
        'key',
        'rewrap',
        '--tenant',
        of.slug,
        '--json',
      );
      rewrapped = { of, people, before, ended };
    }, 60_000);

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

    test('BCB-9.keys · with the key store away a leaked key of tokens is refused by command, which says what is left to do', async () => {
      const { browser } = await createCustomer(host, bank, { client: bank.native });
      const token = String((await browser.signIn()).accessToken);
      const { kid } = await verifyPublished(host, bank, token);
      const headers = { authorization: `Bearer ${token}`, 'countersign-client': bank.native };
      const sessions = async (): Promise<number> => (await call(host, 'GET', '/auth/sessions', { headers })).status;
      expect(await sessions()).toBe(200);
      const path = withFilesOf('tenant');
      const disable = () => countersignWith(path, 'key', 'disable', kid, '--yes');
      const keys = join(host.options.dataDir, 'keys', 'session.json');
      renameSync(keys, `${keys}.away`);
      try {
        const { code, stderr } = await disable();
        expect([code, stderr]).toEqual([1, expect.stringContaining('the key store could not be told')]);
        expect(await sessions()).toBe(401);
      } finally {
        renameSync(`${keys}.away`, keys);
      }
      expect((await disable()).code).toBe(0);
      const next = await eventually('a token of the next key', async () => {
        const { accessToken } = await browser.signIn().catch(() => ({ accessToken: undefined }));
        return accessToken && (await verifyPublished(host, bank, String(accessToken))).kid;
      });
      expect(next).toBe(kid.replace(/1$/, '2'));
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

    test('BCB-9.keys · the key of one tenant is replaced: its people’s data keys are under the new one, another’s are untouched', async () => {
      const { of, people, before, ended } = rewrapped;
      const { code, stdout, stderr } = await ended;
      expect([code, JSON.parse(stdout)]).toEqual([0, { tenant: of.slug, subjects: 2, rewrapped: 2 }]);
      expect(stderr.trimEnd().split('\n')).toEqual([
        expect.stringContaining('a new key is announced'),
        expect.stringContaining('the new key wraps from now on'),
      ]);
      const after = await dataKeys();
      const mine = [...before].filter(([, { tenant }]) => tenant === of.tenant).map(([id]) => id);
      expect(mine).toHaveLength(2);
      const [was, is] = [before, after].map((keys) => new Set(mine.map((id) => keys.get(id)!.under)));
      expect([was!.size, is!.size, [...is!].some((key) => was!.has(key))]).toEqual([1, 1, false]);
      const others = [...before].filter(([id, { tenant }]) => tenant !== of.tenant && after.has(id));
      expect(others.length).toBeGreaterThan(0);
      for (const [id, kept] of others) expect(after.get(id)).toEqual(kept);
      for (const { browser } of people) expect((await browser.signIn()).session).toBeDefined();
    }, 120_000);
  });
