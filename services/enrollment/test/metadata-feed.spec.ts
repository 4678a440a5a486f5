import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InProcessNetwork } from '@countersign/platform';
import { TestMetadataService, signCrl } from '@countersign/testing';
import { z } from 'zod';
import { service } from '../src/index.js';
import { metadataOrigin, metadataSettings } from '../src/metadata/settings.js';
import { Bank, type Customer } from './bank.js';
import { MetadataUrl, until } from './metadata-feed.js';

const AAGUID = '11111111-2222-4333-8444-555555555555';

let feed: MetadataUrl;
let bank: Bank;
let ada: Customer;

beforeAll(async () => {
  feed = await MetadataUrl.start();
  bank = await Bank.open({}, feed.settings);
  ada = await bank.customer();
}, 60_000);
afterAll(async () => {
  await feed.stop();
  await bank.stop();
});

const metric = async (line: RegExp): Promise<number> => Number(line.exec(await bank.metrics())?.[1] ?? 0);
const failures = (reason: string): Promise<number> =>
  metric(new RegExp(`^countersign_metadata_failures_total\\{reason="${reason}"\\} (\\d+)$`, 'm'));
const held = (): Promise<number> => metric(/^countersign_metadata_no (\d+)$/m);

/** People enroll, and keys are found and used, as verification does at a sign-in. */
async function everydayLife(): Promise<void> {
  await bank.customer();
  const by = { $case: 'credentialId', value: ada.credentialId } as const;
  const found = await bank.verification.getCredentials({ tenant: ada.tenant, by }, bank.call());
  expect(found.credentials.map(({ id, state }) => [id, state])).toEqual([[ada.device, 'active']]);
  const use = { tenant: ada.tenant, id: ada.device, counter: 0, backupState: false };
  expect(await bank.verification.recordUse(use, bank.call())).toEqual({ advanced: true });
}

async function fails(reason: string): Promise<void> {
  const before = await failures(reason);
  await until(async () => (await failures(reason)) > before);
  expect(await failures(reason)).toBeGreaterThan(before);
}

describe('a feed that is broken', () => {
  test('R15 · hanging, it holds up neither the start nor anybody’s registration or sign-in', async () => {
    await until(() => feed.requests > 0);
    expect(feed.requests).toBe(1);
    await everydayLife();
    expect(feed.requests).toBe(1);
  });

  test('R15 · answering with errors or garbage it is counted, and nothing else happens', async () => {
    feed.mode = 'error';
    feed.drop();
    await fails('unavailable');
    await everydayLife();
    feed.mode = 'garbage';
    await fails('malformed');
    await everydayLife();
    expect(await held()).toBe(0);
  });

  test('R15 · coming back it is taken, and whatever it gives then, the last good list stays in force', async () => {
    const { service } = feed;
    const bad = { aaguid: AAGUID, statuses: ['REVOKED'] };
    feed.mode = { blob: service.blob(5, [bad]) };
    await until(async () => (await held()) === 5);
    expect(await held()).toBe(5);
    expect(await bank.metrics()).toMatch(/^countersign_metadata_revocation_unchecked 2$/m);
    feed.mode = 'garbage';
    await fails('malformed');
    feed.mode = { blob: new TestMetadataService('ec', 'ec').blob(6, []) };
    await fails('chain_untrusted');
    feed.mode = { blob: service.blob(4, []) };
    await fails('rolled_back');
    feed.mode = { blob: service.blob(5, []) };
    await fails('number_reused');
    expect(await held()).toBe(5);
    await expect(bank.customer({ aaguid: AAGUID })).rejects.toMatchObject({ code: 'model_status_refused' });
    await everydayLife();
  });

  test('BCB-1.mds · a signer that was revoked leaves the last good list in force, with an alarm', async () => {
    const { root, intermediate, signer } = feed.service;
    feed.lists.set('/root.crl', signCrl(root));
    feed.lists.set('/intermediate.crl', signCrl(intermediate, { revoked: [signer.serial] }));
    feed.mode = { blob: feed.service.blob(6, []) };
    await fails('chain_revoked');
    expect(await held()).toBe(5);
    await expect(bank.customer({ aaguid: AAGUID })).rejects.toMatchObject({ code: 'model_status_refused' });
  });

  test('BCB-1.mds · a new process begins with the list that is stored, while the feed is dead', async () => {
    feed.mode = 'hang';
    const again = await bank.installation.start(service, feed.settings, new InProcessNetwork());
    expect(await again.metrics.registry.metrics()).toMatch(/^countersign_metadata_no 5$/m);
  });
});

describe('settings', () => {
  const schema = z.strictObject(metadataSettings);
  const folder = mkdtempSync(join(tmpdir(), 'countersign-roots-'));
  const [old, fresh] = [new TestMetadataService('ec'), new TestMetadataService('rsa')];
  writeFileSync(join(folder, 'a.pem'), old.root.pem + fresh.root.pem);
  writeFileSync(join(folder, 'b.pem'), fresh.root.pem);
  writeFileSync(join(folder, 'notes.txt'), 'nothing');
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const open = (settings: Record<string, unknown>) => metadataOrigin(schema.parse(settings));

  test('BCB-1.mds · without a source there is no metadata; with one, roots are needed', () => {
    expect(open({})).toBeUndefined();
    expect(() => open({ metadataSource: 'blob.jwt' })).toThrow(/COUNTERSIGN_METADATA_ROOTS: is required/);
  });

  test('BCB-1.mds · roots are those of a file or of a folder of files', () => {
    const of = (metadataRoots: string) => open({ metadataSource: 'blob.jwt', metadataRoots })!.roots.length;
    expect([of(join(folder, 'a.pem')), of(join(folder, 'b.pem')), of(folder)]).toEqual([2, 1, 3]);
    expect(() => of(join(folder, 'notes.txt'))).toThrow(/holds no certificate/);
    expect(() => of(join(folder, 'missing.pem'))).toThrow(/cannot be read \(ENOENT\)/);
  });

  test('BCB-1.mds · a URL is looked at as often as told, a file every 10 seconds at least', () => {
    const every = (metadataSource: string) => open({ metadataSource, metadataRoots: folder })!.every;
    expect([every('https://mds.example/'), every('blob.jwt')]).toEqual([3_600, 10]);
  });

  test.each(['http://mds.example/', 'ftp://mds.example/', 'https://user:secret@mds.example/', ''])(
    'BCB-1.mds · %j is no source',
    (metadataSource) => expect(schema.safeParse({ metadataSource }).success).toBe(false),
  );
});
