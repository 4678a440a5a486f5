import { beforeAll, describe, expect, test } from '@jest/globals';
import {
  bearer,
  call,
  createBank,
  filled,
  grantFor,
  named,
  NO_LIMITS,
  operationsOf,
  ORIGIN,
  refusal,
  serverToken,
  sharedHost,
  untilHeld,
  type Bank,
  type HostProcess,
  type Json,
} from '@countersign/e2e';
import { Browser } from '@countersign/standalone';
import { SoftAuthenticator, TestAttestationCa, type SoftAuthenticatorOptions } from '@countersign/testing';

const maker = new TestAttestationCa('Maker');
const MODEL = '5ca1ab1e-0000-4000-8000-00000000cafe';
const ATTESTED: SoftAuthenticatorOptions = { attestation: 'packed', ca: maker, aaguid: MODEL };
const SYNCED: SoftAuthenticatorOptions = { backupEligible: true, backupState: true };

const attestation = { anchors: [Buffer.from(maker.certificate).toString('base64')] };
const LENIENT = { limits: NO_LIMITS, webauthn: { attestation }, actions: { 'wire.send': { acr: 'phrh' } } };
const STRICT = { ...LENIENT, webauthn: { attestation, assurance: { level: 'device-bound-attested' } } };

let host: HostProcess;
beforeAll(async () => {
  host = await sharedHost();
}, 180_000);

async function enroll(bank: Bank, options: SoftAuthenticatorOptions): Promise<Browser> {
  const { id } = await bank.sdk.createSubject({ reference: crypto.randomUUID(), displayName: 'A Person' });
  const browser = new Browser(host.urls[0]!, bank.web, ORIGIN, new SoftAuthenticator(options));
  await browser.openTicket((await bank.sdk.issueTicket(id)).ticket);
  await browser.register('a device');
  return browser;
}

async function preview(bank: Bank, policy: object): Promise<Json> {
  const headers = bearer(await serverToken(host, bank, 'admin'));
  return (await call(host, 'POST', '/policy/preview', { headers, json: { policy } })).body;
}

async function activate({ slug: tenant }: Bank, policy: object, basedOn: number): Promise<void> {
  await host.control('tenant', 'putPolicy', { tenant, document: JSON.stringify(policy), basedOn });
  await untilHeld(host);
}

test('BCB-1.device BCB-3.policy · an attested, device-bound key is worth more than any other, and its grant says so', async () => {
  const bank = await createBank(host, LENIENT);
  const [hardware, synced] = [await enroll(bank, ATTESTED), await enroll(bank, SYNCED)];
  expect(await hardware.signIn()).toMatchObject({ session: { acr: 'phrh', amr: ['hwk', 'user', 'mfa', 'pop'] } });
  expect(await synced.signIn()).toMatchObject({ session: { acr: 'phr', amr: ['swk', 'user', 'mfa', 'pop'] } });
  const grant = await grantFor(hardware, 'wire.send');
  expect(await bank.sdk.redeemGrant(grant, { name: 'wire.send' })).toMatchObject({ acr: 'phrh' });
  const weak = await refusal(grantFor(synced, 'wire.send'));
  expect(weak.problem).toMatchObject({ code: 'step_up_impossible', requirements: ['device_bound', 'attestation'] });
});

describe('BCB-13.policy · a bank that comes to ask for attested, device-bound keys', () => {
  let bank: Bank;
  let hardware: Browser;
  let synced: Browser;
  beforeAll(async () => {
    bank = await createBank(host, LENIENT);
    [hardware, synced] = [await enroll(bank, ATTESTED), await enroll(bank, SYNCED)];
    await synced.signIn();
  });

  test('sees first whom it would leave behind; then those are told what they lack, and nobody new comes in so', async () => {
    const told = await preview(bank, STRICT);
    expect(told).toMatchObject({ basedOn: 2, devices: 2, affected: 1 });
    expect(told.affectedDevices).toMatchObject([{ loses: [{ requirements: ['device_bound', 'attestation'] }] }]);
    await activate(bank, STRICT, 2);
    expect(await preview(bank, STRICT)).toMatchObject({ basedOn: 3, affected: 0 });
    const left = await refusal(synced.signIn());
    const lacks = { requirements: ['device_bound', 'attestation'] };
    expect([left.status, left.problem]).toMatchObject([401, { code: 'authentication_failed', ...lacks }]);
    const refused = await refusal(enroll(bank, SYNCED));
    expect([refused.status, refused.problem]).toMatchObject([403, { code: 'authenticator_not_accepted', ...lacks }]);
    expect(await hardware.signIn()).toMatchObject({ session: { acr: 'phrh' } });
  });

  test('BCB-3.challenge · every operation that wants a step-up says which would be enough (RFC 9470)', async () => {
    const asking = (await operationsOf(host, named(bank.web))).filter(({ errorCodes }) =>
      errorCodes.includes('step_up_required'),
    );
    expect(asking.length).toBeGreaterThan(3);
    const { devices } = await synced.request<{ devices: { id: string }[] }>('GET', '/auth/devices');
    for (const { method, path, media } of asking) {
      const sent = synced.request(method, filled(path, { id: devices[0]!.id }), media ? {} : undefined);
      const { status, code, headers: answered, problem } = await refusal(sent);
      expect([path, status, code]).toEqual([path, 401, 'step_up_required']);
      const { acrValues, maxAge } = problem as { acrValues: string; maxAge: number };
      expect(acrValues).toBe('phrh');
      expect(answered.get('www-authenticate')).toBe(
        `Bearer error="insufficient_user_authentication", acr_values="${acrValues}", max_age="${maxAge}"`,
      );
    }
  });
});
