import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  HostProcess,
  ORIGIN,
  createBank,
  eventually,
  recorded,
  refusedWith,
  type Bank,
  type Json,
} from '@countersign/e2e';
import { Browser } from '@countersign/standalone';
import { TestAttestationCa, TestMetadataService, type TestMetadataEntry } from '@countersign/testing';

const AAGUID = '5b1e3c2a-7d44-4c0e-9f6a-2d8e0b1c4f77';
const folder = mkdtempSync(join(tmpdir(), 'countersign-mds-'));
const service = new TestMetadataService('ec', 'rsa');
const ca = new TestAttestationCa();

let host: HostProcess;
let bank: Bank;
let numbers = 0;

/** What a metadata service does every month: the next list, put in the place of the last. */
function publish(entry: Omit<TestMetadataEntry, 'aaguid' | 'roots'>): void {
  const blob = service.blob((numbers += 1), [{ aaguid: AAGUID, roots: [ca.certificate], ...entry }]);
  writeFileSync(join(folder, 'next'), blob);
  renameSync(join(folder, 'next'), join(folder, 'blob.jwt'));
}

beforeAll(async () => {
  writeFileSync(join(folder, 'roots.pem'), service.root.pem);
  publish({ statuses: ['FIDO_CERTIFIED_L1'] });
  const env = {
    COUNTERSIGN_METADATA_SOURCE: join(folder, 'blob.jwt'),
    COUNTERSIGN_METADATA_ROOTS: join(folder, 'roots.pem'),
    COUNTERSIGN_METADATA_REFRESH_SECONDS: '1',
  };
  host = await HostProcess.start({ env });
  bank = await createBank(host, { metadata: { required: true }, webauthn: { attestation: { accept: ['anchored'] } } });
}, 180_000);
afterAll(async () => {
  await host.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function enroll(aaguid: string): Promise<Browser> {
  const { id } = await bank.sdk.createSubject({ reference: `customer-${Math.random()}`, displayName: 'A Customer' });
  const browser = new Browser(host.urls[0]!, bank.web, ORIGIN, { aaguid, ca, attestation: 'packed' });
  await browser.openTicket((await bank.sdk.issueTicket(id)).ticket);
  await browser.register('A key');
  return browser;
}

async function condemned(): Promise<Json[]> {
  const body = new URLSearchParams({ grant_type: 'client_credentials', scope: 'subjects:read' });
  const credentials = Buffer.from(`${bank.server.clientId}:${bank.server.secret}`).toString('base64');
  const headers = { authorization: `Basic ${credentials}` };
  const answer = await fetch(`${host.urls[0]}/v1/oauth/token`, { method: 'POST', body, headers });
  const { access_token: token } = (await answer.json()) as { access_token: string };
  const list = await fetch(`${host.urls[0]}/v1/devices/condemned`, { headers: { authorization: `Bearer ${token}` } });
  return ((await list.json()) as { devices: Json[] }).devices;
}

test('BCB-1.mds · BCB-6.metadata · a device is enrolled by its metadata, and suspended within a minute when that condemns it', async () => {
  expect(await refusedWith(enroll('99999999-7d44-4c0e-9f6a-2d8e0b1c4f77'))).toBe('attestation_untrusted');
  const browser = await enroll(AAGUID);
  const device = String((await browser.signIn()).device);
  expect(await condemned()).toEqual([]);

  publish({ statuses: ['FIDO_CERTIFIED_L1', 'USER_VERIFICATION_BYPASS'] });
  const event = await recorded(bank, { type: 'credential.suspended', about: device });
  expect(event).toMatchObject({
    facts: { reason: 'metadata', finding: 'model_status_refused', detail: 'USER_VERIFICATION_BYPASS' },
  });
  expect(await condemned()).toEqual([
    expect.objectContaining({ device, aaguid: AAGUID, state: 'suspended', action: 'suspended', metadata: 2 }),
  ]);
  await eventually(
    'the end of its session',
    async () =>
      (await refusedWith(browser.request('GET', '/auth/session')).catch(() => '')) === 'session_ended' || undefined,
  );
  expect(await refusedWith(browser.signIn())).toBe('authentication_failed');
  expect(await refusedWith(enroll(AAGUID))).toBe('model_status_refused');
}, 90_000);
