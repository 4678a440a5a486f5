import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  HostProcess,
  ORIGIN,
  createBank,
  eventually,
  metricsOf,
  recorded,
  refusedWith,
  type Bank,
  type Json,
} from '@countersign/e2e';
import { Browser } from '@countersign/standalone';
import {
  SoftAuthenticator,
  TestAttestationCa,
  TestMetadataService,
  type TestMetadataEntry,
} from '@countersign/testing';

const AAGUID = '5b1e3c2a-7d44-4c0e-9f6a-2d8e0b1c4f77';
const folder = mkdtempSync(join(tmpdir(), 'countersign-mds-'));
const service = new TestMetadataService('ec', 'rsa');
const ca = new TestAttestationCa();

let host: HostProcess;
let bank: Bank;
let feed: Server;
let numbers = 0;
/** What the feed answers with; nothing: it takes the request and hangs. */
let answer: { status: number; body: string } | undefined;
const hanging = new Set<ServerResponse>();

/** What a metadata service does every month: the next list. */
function publish(entry: Omit<TestMetadataEntry, 'aaguid' | 'roots'>): void {
  const body = service.blob((numbers += 1), [{ aaguid: AAGUID, roots: [ca.certificate], ...entry }]);
  answer = { status: 200, body };
}

const isInUse = (metrics: string): boolean => metrics.split('\n').includes(`countersign_metadata_no ${numbers}`);

function letGo(): void {
  for (const response of hanging) response.destroy();
  hanging.clear();
}

beforeAll(async () => {
  writeFileSync(join(folder, 'roots.pem'), service.root.pem);
  publish({ statuses: ['FIDO_CERTIFIED_L1'] });
  feed = createServer((_, response) => {
    if (answer) response.writeHead(answer.status).end(answer.body);
    else hanging.add(response);
  });
  await new Promise<void>((resolve) => feed.listen(0, '127.0.0.1', resolve));
  const env = {
    COUNTERSIGN_METADATA_SOURCE: `http://127.0.0.1:${(feed.address() as AddressInfo).port}/`,
    COUNTERSIGN_METADATA_ROOTS: folder,
    COUNTERSIGN_METADATA_REFRESH_SECONDS: '1',
  };
  host = await HostProcess.start({ env });
  bank = await createBank(host, { metadata: { required: true }, webauthn: { attestation: { accept: ['anchored'] } } });
  // Nothing waits for a feed, the start neither.
  await eventually('the first list', async () => (await metricsOf(host)).some(isInUse) || undefined);
}, 180_000);
afterAll(async () => {
  letGo();
  feed.close();
  await host.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function enroll(aaguid: string, at: Bank = bank): Promise<Browser> {
  const { id } = await at.sdk.createSubject({ reference: `customer-${Math.random()}`, displayName: 'A Customer' });
  const browser = new Browser(
    host.urls[0]!,
    at.web,
    ORIGIN,
    new SoftAuthenticator({ aaguid, ca, attestation: 'packed' }),
  );
  await browser.openTicket((await at.sdk.issueTicket(id)).ticket);
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

test('R15 · while the feed hangs, fails or gives garbage, people enroll and sign in by what was known before', async () => {
  const browser = await enroll(AAGUID);
  for (const broken of [undefined, { status: 500, body: '' }, { status: 200, body: '<html>maintenance</html>' }]) {
    answer = broken;
    letGo();
    if (!broken) await eventually('a look at the feed', async () => hanging.size > 0 || undefined);
    expect(await browser.signIn()).toMatchObject({ device: expect.any(String) });
    await enroll(AAGUID);
  }
}, 60_000);

test('BCB-1.aaguid · a bank names the models it takes, and those it does not take', async () => {
  const other = '0d9b2f6e-1a2b-4c3d-8e4f-5a6b7c8d9e0f';
  const picky = await createBank(host, { metadata: { aaguids: { allow: [AAGUID, other], deny: [other] } } });
  await enroll(AAGUID, picky);
  for (const model of [other, '99999999-7d44-4c0e-9f6a-2d8e0b1c4f77'])
    expect(await refusedWith(enroll(model, picky))).toBe('model_not_allowed');
  await recorded(picky, { type: 'credential.refused' }, ({ code }) => code === 'model_not_allowed');
}, 60_000);

test('BCB-1.mds BCB-6.metadata · a device is enrolled by its metadata, and suspended within a minute when that condemns it', async () => {
  expect(await refusedWith(enroll('99999999-7d44-4c0e-9f6a-2d8e0b1c4f77'))).toBe('attestation_untrusted');
  const browser = await enroll(AAGUID);
  const device = String((await browser.signIn()).device);
  expect(await condemned()).toEqual([]);

  publish({ statuses: ['FIDO_CERTIFIED_L1', 'USER_VERIFICATION_BYPASS'] });
  const event = await recorded(bank, { type: 'credential.suspended', about: device });
  expect(event).toMatchObject({
    facts: { reason: 'metadata', finding: 'model_status_refused', detail: 'USER_VERIFICATION_BYPASS' },
  });
  const shown = { device, aaguid: AAGUID, state: 'suspended', action: 'suspended', metadata: numbers };
  expect(await condemned()).toContainEqual(expect.objectContaining(shown));
  await eventually(
    'the end of its session',
    async () =>
      (await refusedWith(browser.request('GET', '/auth/session')).catch(() => '')) === 'session_ended' || undefined,
  );
  expect(await refusedWith(browser.signIn())).toBe('authentication_failed');
  expect(await refusedWith(enroll(AAGUID))).toBe('model_status_refused');
}, 90_000);
