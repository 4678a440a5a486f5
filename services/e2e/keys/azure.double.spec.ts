import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createDevelopmentAuthority } from '@countersign/keys-file';
import { startVaultDouble, type VaultDouble } from '../../../libs/keys-azure/test/vault-double.js';
import { HostProcess, createBank, createCustomer, verifyPublished } from '../src/index.js';

const VAULT = 'bank.vault.azure.net';
const HEADER = 'header of the identity endpoint';

const folder = mkdtempSync(join(tmpdir(), 'vault-installation-'));
let identity: Server;
let double: VaultDouble;
let host: HostProcess;
beforeAll(async () => {
  const { certificateFile: authority, issue } = await createDevelopmentAuthority(folder);
  const { certificateFile, keyFile } = await issue('vault', { dnsNames: [VAULT] });
  double = await startVaultDouble({ cert: readFileSync(certificateFile, 'utf8'), key: readFileSync(keyFile, 'utf8') });
  double.url = `https://${VAULT}:${new URL(double.url).port}`;
  identity = await startIdentity();
  host = await HostProcess.start({
    shape: 'standalone',
    env: {
      COUNTERSIGN_KEY_DRIVER: 'azure',
      COUNTERSIGN_VAULT_URL: double.url,
      IDENTITY_ENDPOINT: `http://127.0.0.1:${(identity.address() as AddressInfo).port}/msi/token`,
      IDENTITY_HEADER: HEADER,
      NODE_EXTRA_CA_CERTS: authority,
      NODE_OPTIONS: `--import ${pathToFileURL(join(process.cwd(), 'services/e2e/keys/vault-name.mjs')).href}`,
    },
  });
}, 180_000);
afterAll(async () => {
  await host?.stop();
  await double?.stop();
  identity?.close();
  rmSync(folder, { recursive: true });
}, 60_000);

/** Gives a process its managed identity, as App Service does: a token for the vault that the double takes. */
function startIdentity(): Promise<Server> {
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url!, 'http://127.0.0.1');
    const mine =
      request.headers['x-identity-header'] === HEADER && searchParams.get('resource') === 'https://vault.azure.net';
    const token = { access_token: 'token-of-the-test', expires_on: Date.now() / 1000 + 86_400, token_type: 'Bearer' };
    response
      .writeHead(mine ? 200 : 401, { 'content-type': 'application/json' })
      .end(JSON.stringify(mine ? { ...token, resource: 'https://vault.azure.net' } : {}));
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

describe('keys in a double of Azure Key Vault, which proves how the client is wired and nothing about a vault', () => {
  test('BCB-15.azure · a person’s token is signed in it and verifies against the published key set', async () => {
    const bank = await createBank(host);
    const { browser } = await createCustomer(host, bank, { client: bank.native });
    const { kid, claims } = await verifyPublished(host, bank, String((await browser.signIn()).accessToken));
    expect([kid, claims['client_id']]).toEqual([`azure:token/${bank.tenant}/1`, bank.native]);
    const [version] = double.keys.get(`countersign-session--token--${bank.tenant}`)!;
    expect(double.calls).toContain(`POST /keys/countersign-session--token--${bank.tenant}/${version!.id}/sign`);
  }, 60_000);

  test('BCB-15.azure · every key of the installation is in it, and none in a file', () => {
    const names = [...double.keys.keys()];
    for (const name of ['tenant--snapshot', 'session--caller', 'challenge--kek', 'sealing--kek'])
      expect(names).toContain(`countersign-${name}`);
    expect(readdirSync(join(host.options.dataDir, 'keys'))).toEqual(['driver.json']);
  });
});
