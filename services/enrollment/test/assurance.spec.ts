import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { enrollment } from '@countersign/contracts';
import { withClient } from '@countersign/database';
import { TestAttestationCa, type SoftAuthenticatorOptions } from '@countersign/testing';
import { Bank, FROM, type Customer } from './bank.js';

const MODEL = '5ca1ab1e-0000-4000-8000-00000000cafe';
const ca = new TestAttestationCa();
const anchors = [Buffer.from(ca.certificate).toString('base64')];
const SYNCED = { backupEligible: true, backupState: true };
const ATTESTED: SoftAuthenticatorOptions = { attestation: 'packed', ca, aaguid: MODEL };

const preview = (bank: Bank, policy: object, page: { cursor?: string; limit?: number } = {}) =>
  bank.asServer(
    'previewPolicy',
    { tenant: '', document: JSON.stringify(policy), cursor: '', limit: 50, ...page },
    { scope: 'admin' },
  );

describe('BCB-1.device · what policy asks of a new authenticator', () => {
  let bank: Bank;
  beforeAll(async () => {
    bank = await Bank.open({
      webauthn: { attestation: { anchors }, assurance: { level: 'device-bound-claimed' } },
      applications: {
        'bank-1': { assurance: { level: 'any', userVerification: 'preferred', algorithms: [-257] } },
      },
      actions: { 'wire.send': { acr: 'phrh', assurance: { aaguids: [MODEL] } } },
    });
  });
  afterAll(() => bank.stop());

  const enroll = (options: SoftAuthenticatorOptions, clientId = 'bank-0') =>
    bank.customer(options, undefined, clientId);

  test('one that is good enough is enrolled', async () => {
    await expect(enroll({})).resolves.toMatchObject({ subject: expect.any(String) });
    await expect(enroll(ATTESTED)).resolves.toMatchObject({ subject: expect.any(String) });
  });

  test('one that is good for nothing here is refused, told and recorded with what it lacks', async () => {
    const refusal = { code: 'authenticator_not_accepted', details: { requirements: ['device_bound'] } };
    await expect(enroll(SYNCED)).rejects.toMatchObject(refusal);
    const [event] = (await bank.events('credential.refused')).slice(-1);
    const { code } = refusal;
    expect(event).toMatchObject({ code, clause: 'NIST SP 800-63B-4 §2', facts: { requirements: 'device_bound' } });
  });

  test('an application asks otherwise, member by member', async () => {
    const { subject } = await bank.subject();
    const options = await bank.options(await bank.binding(subject, 'bank-1'), 0, 'bank-1');
    expect(options.authenticatorSelection).toMatchObject({ userVerification: 'preferred' });
    expect(options.pubKeyCredParams.map(({ alg }) => alg)).toEqual([-257]);
    const kiosk = { ...SYNCED, userVerification: false, algorithm: -257 } as const;
    await expect(enroll(kiosk, 'bank-1')).resolves.toMatchObject({ clientId: 'bank-1' });
    const other = enroll({ ...kiosk, algorithm: -7 }, 'bank-1');
    await expect(other).rejects.toMatchObject({ code: 'algorithm_not_allowed' });
  });

  test('BCB-3.challenge · what adding another one needs is what the application asks for signing in', async () => {
    const ada = await enroll({});
    const asked = () => bank.asPerson(ada, 'beginWithGrant', { grant: '', origin: FROM });
    await expect(asked()).rejects.toMatchObject({ code: 'step_up_required', details: { acrValues: 'phr' } });
    await bank.change({ applications: { 'bank-0': { assurance: { level: 'device-bound-attested' } } } });
    await expect(asked()).rejects.toMatchObject({ code: 'step_up_required', details: { acrValues: 'phrh' } });
  });

  test('one that is good for an action only is worth enrolling', async () => {
    await bank.change({
      webauthn: { attestation: { anchors }, assurance: { keyProtection: ['tee'] } },
      actions: { pay: { assurance: { keyProtection: 'any', level: 'device-bound-attested' } } },
    });
    await expect(enroll(ATTESTED)).resolves.toMatchObject({ subject: expect.any(String) });
    await expect(enroll({})).rejects.toMatchObject({ details: { requirements: ['key_protection'] } });
  });
});

describe('BCB-13.policy · a policy is previewed before it comes into force', () => {
  let bank: Bank;
  let synced: Customer;
  let bound: Customer;
  beforeAll(async () => {
    bank = await Bank.open({ webauthn: { attestation: { anchors } } });
    synced = await bank.customer(SYNCED);
    bound = await bank.customer();
    await bank.customer(ATTESTED);
  });
  afterAll(() => bank.stop());

  test('it counts and lists the devices that would no longer satisfy it, and changes nothing', async () => {
    const before = await bank.installation.events('enrollment');
    const answer = await preview(bank, { webauthn: { assurance: { level: 'device-bound-attested' } } });
    expect(answer).toMatchObject({ basedOn: 1, devices: 3, affected: 2, nextCursor: '' });
    const place = { application: '', action: '', already: 0 };
    expect(answer.findings).toEqual(
      expect.arrayContaining([
        { ...place, requirement: 'attestation', devices: 2 },
        { ...place, requirement: 'device_bound', devices: 1 },
      ]),
    );
    const listed = ({ subject, device }: Customer, requirements: string[]) => ({
      subject,
      device,
      state: 'active',
      unmet: [{ application: '', action: '', requirements }],
    });
    const devices = [listed(synced, ['device_bound', 'attestation']), listed(bound, ['attestation'])];
    expect(answer.affectedDevices).toHaveLength(2);
    expect(answer.affectedDevices).toEqual(expect.arrayContaining(devices));
    expect(await bank.installation.events('enrollment')).toHaveLength(before.length);
  });

  test('a model, an application and an action are told apart', async () => {
    const { findings, affected } = await preview(bank, {
      applications: { 'bank-1': { assurance: { aaguids: [MODEL] } } },
      actions: { pay: { assurance: { synced: false } } },
    });
    expect(findings).toEqual([
      { application: '', action: 'pay', requirement: 'synced', devices: 1, already: 0 },
      { application: 'bank-1', action: '', requirement: 'model', devices: 2, already: 0 },
      { application: 'bank-1', action: 'pay', requirement: 'model', devices: 2, already: 0 },
      { application: 'bank-1', action: 'pay', requirement: 'synced', devices: 1, already: 0 },
    ]);
    expect(affected).toBe(2);
  });

  test('a model that was only claimed is on no list, here as at sign-in', async () => {
    const listing = { applications: { 'bank-1': { assurance: { aaguids: [MODEL] } } } };
    const affected = async () => (await preview(bank, listing)).affectedDevices.map(({ device }) => device);
    const strong = await bank.customer(ATTESTED);
    expect(await affected()).not.toContain(strong.device);
    await bank.rows(`update enrollment.credential set attestation_key = 'claimed' where id = $1`, [strong.device]);
    expect(await affected()).toContain(strong.device);
    await bank.rows(`update enrollment.credential set state = 'revoked' where id = $1`, [strong.device]);
  });

  test('revoked devices are none, suspended ones are', async () => {
    const lost = await bank.customer(SYNCED);
    await bank.asPerson(lost, 'suspendCredential', { id: lost.device });
    const unsynced = { webauthn: { assurance: { synced: false } } };
    const listed = async () =>
      (await preview(bank, unsynced)).affectedDevices.find(({ device }) => device === lost.device)?.state;
    expect(await listed()).toBe('suspended');
    await bank.rows(`update enrollment.credential set state = 'revoked' where id = $1`, [lost.device]);
    expect(await listed()).toBeUndefined();
  });

  test('what the policy gets wrong is refused with its path', async () => {
    const wrong = (policy: object) => preview(bank, policy);
    await expect(wrong({ webauthn: { assurance: { level: 'high' } } })).rejects.toMatchObject({
      code: 'policy_invalid',
      details: { errors: [{ path: 'webauthn.assurance.level' }] },
    });
    await expect(wrong({ applications: { 'bank-9': {} } })).rejects.toMatchObject({
      details: { errors: [{ path: 'applications.bank-9', message: 'is no client id of this tenant' }] },
    });
    await expect(preview(bank, {}, { cursor: 'x' })).rejects.toMatchObject({ code: 'cursor_invalid' });
  });

  test('only the tenant’s server with the scope may ask, and only about its own devices', async () => {
    const request = { tenant: '', document: '{}', cursor: '', limit: 1 };
    const scope = { scope: 'subjects:write' };
    await expect(bank.asServer('previewPolicy', request, scope)).rejects.toMatchObject({ code: 'scope_missing' });
    await expect(bank.asPerson(bound, 'previewPolicy', request)).rejects.toMatchObject({ code: 'scope_missing' });
    const other = await bank.neighbour();
    const answer = await bank.asServer('previewPolicy', request, { tenant: other.tenant, scope: 'admin' });
    expect(answer.devices).toBe(0);
  });
});

describe('BCB-13.policy · many devices', () => {
  const DEVICES = 2_000;
  let bank: Bank;
  beforeAll(async () => {
    bank = await Bank.open();
    const model = await bank.customer();
    await multiply(bank, model.device, DEVICES - 1);
  });
  afterAll(() => bank.stop());

  test('are listed page by page, each once', async () => {
    const seen = new Map<string, enrollment.AffectedDevice>();
    let cursor = '';
    let pages = 0;
    do {
      const policy = { webauthn: { assurance: { transports: ['usb'] } } };
      const page = await preview(bank, policy, { cursor, limit: 9_999 });
      expect(page).toMatchObject({ devices: DEVICES, affected: DEVICES });
      for (const device of page.affectedDevices) seen.set(device.device, device);
      cursor = page.nextCursor;
      pages += 1;
    } while (cursor !== '');
    expect([seen.size, pages]).toEqual([DEVICES, DEVICES / 500]);
  });

  test('a page of none only counts', async () => {
    const policy = { webauthn: { assurance: { transports: ['usb'] } } };
    const { affected, affectedDevices, nextCursor } = await preview(bank, policy, { limit: 0 });
    expect([affected, affectedDevices, nextCursor]).toEqual([DEVICES, [], '']);
  });
});

/** Further people with a device like the one given. */
async function multiply(bank: Bank, device: string, times: number): Promise<void> {
  const sql = `
    with model as (select * from enrollment.credential where id = '${device}'),
    person as (
      insert into enrollment.subject (id, tenant, pseudonym, user_handle, reference_hash, profile, profile_commitment, wrapped_data_key)
      select gen_random_uuid(), s.tenant, 'p_' || n, decode(lpad(to_hex(n), 64, '0'), 'hex'), decode(lpad(to_hex(n), 64, '0'), 'hex'),
             s.profile, s.profile_commitment, s.wrapped_data_key
        from enrollment.subject s join model m on m.subject = s.id, generate_series(1, ${times}) n
      returning id, tenant)
    insert into enrollment.credential (id, tenant, subject, credential_id, credential_hash, public_key, algorithm, counter,
           backup_eligible, backup_state, user_verified, transports, aaguid, attestation_format, attestation_trust,
           attestation_object, client_data_hash, name, name_commitment, platform, client, policy_version)
    select gen_random_uuid(), p.tenant, p.id, uuid_send(p.id), uuid_send(p.id), m.public_key, m.algorithm, 0,
           m.backup_eligible, m.backup_state, m.user_verified, m.transports, m.aaguid, m.attestation_format, m.attestation_trust,
           m.attestation_object, m.client_data_hash, m.name, m.name_commitment, m.platform, m.client, m.policy_version
      from person p, model m`;
  await withClient(bank.installation.database.adminUrl, (client) => client.query(sql));
}
