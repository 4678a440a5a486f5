import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { createBank, createCustomer, sharedHost, told, verifyPublished, type HostProcess } from '@countersign/e2e';

let host: HostProcess;
beforeAll(async () => {
  host = await sharedHost();
}, 180_000);

test('BCB-15.file · without a setting every key is in a sealed file, and a person’s token is signed with one of them', async () => {
  const bank = await createBank(host);
  const { browser } = await createCustomer(host, bank, { client: bank.native });
  const { kid, claims } = await verifyPublished(host, bank, String((await browser.signIn()).accessToken));
  expect([kid, claims['client_id']]).toEqual([`file:token/${bank.tenant}/1`, bank.native]);

  const { dataDir } = host.options;
  const { keys } = await told<{ keys: { store: string; id: string }[] }>(dataDir, 'key', 'list');
  expect(keys.filter(({ id }) => !id.startsWith('file:'))).toEqual([]);
  expect(keys.map(({ id }) => id)).toContain(kid);
  const folder = join(dataDir, 'keys');
  const stores = [...new Set(keys.map(({ store }) => store))];
  expect(readdirSync(folder)).toEqual(expect.arrayContaining(stores.map((store) => `${store}.json`)));
  for (const store of stores) {
    const file = join(folder, `${store}.json`);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8')).not.toMatch(/"d":|PRIVATE KEY/);
  }
}, 60_000);
