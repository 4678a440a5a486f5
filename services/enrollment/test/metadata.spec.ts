import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createHash, randomUUID } from 'node:crypto';
import type { enrollment } from '@countersign/contracts';
import { SoftAuthenticator, TestAttestationCa, type TestMetadataEntry } from '@countersign/testing';
import { Bank, ORIGIN, type Customer } from './bank.js';
import { MetadataFile, until } from './metadata-feed.js';

const resumption = (id: string) => ({ name: 'authenticator.resume', parameters: { id } });
const BYPASS = 'USER_VERIFICATION_BYPASS';

const feed = new MetadataFile();
const ca = new TestAttestationCa();
/** What the feed says of models, by AAGUID; a test changes its own. */
const models = new Map<string, TestMetadataEntry>();
let bank: Bank;
let aaguid: string;

beforeAll(async () => {
  bank = await Bank.open({}, feed.settings);
}, 60_000);
beforeEach(() => {
  aaguid = randomUUID();
});
afterAll(async () => {
  await bank.stop();
  feed.stop();
});

/** Publishes what is said of a model, and waits until decisions are made by it. */
async function publish(entry: TestMetadataEntry, nextUpdate?: string): Promise<void> {
  models.set(entry.aaguid ?? entry.keyIdentifiers![0]!, { roots: [ca.certificate], ...entry });
  const no = feed.publish([...models.values()], nextUpdate);
  const shown = new RegExp(`^countersign_metadata_no ${no}$`, 'm');
  await until(async () => shown.test(await bank.metrics()));
}

async function register(options: ConstructorParameters<typeof SoftAuthenticator>[0]): Promise<Customer> {
  return bank.customer({ aaguid, ca, attestation: 'packed', ...options });
}

const stateOf = async (id: string): Promise<{ state: string; state_reason: string }> =>
  (
    await bank.rows<{ state: string; state_reason: string }>(
      'select state, state_reason from enrollment.credential where id = $1',
      [id],
    )
  )[0]!;
const suspended = (id: string) => until(async () => (await stateOf(id)).state === 'suspended');
const lastRefusal = async () => (await bank.events('credential.refused')).at(-1);
const condemned = async (limit = 200) => {
  const found: enrollment.CondemnedDevice[] = [];
  for (let cursor: string | undefined = ''; cursor !== undefined;) {
    const page: enrollment.ListCondemnedDevicesResponse = await bank.asServer('listCondemnedDevices', {
      cursor,
      limit,
    });
    found.push(...page.devices);
    cursor = page.nextCursor || undefined;
  }
  return found;
};

describe('a registration', () => {
  test('BCB-1.mds · the roots of an entry vouch for that model, and for no other', async () => {
    await publish({ aaguid });
    await bank.change({ webauthn: { attestation: { accept: ['anchored'] } } });
    const { device } = await register({});
    const [row] = await bank.rows<{ attestation_trust: string }>(
      'select attestation_trust from enrollment.credential where id = $1',
      [device],
    );
    expect(row!.attestation_trust).toBe('anchored');
    await expect(register({ aaguid: randomUUID() })).rejects.toMatchObject({ code: 'attestation_untrusted' });
  });

  test('BCB-1.mds · a model with a refused status is not enrolled, and an event says by which clause', async () => {
    await publish({ aaguid, statuses: ['FIDO_CERTIFIED_L1', BYPASS] });
    await bank.change({});
    await expect(register({})).rejects.toMatchObject({ code: 'model_status_refused' });
    expect(await lastRefusal()).toMatchObject({
      code: 'model_status_refused',
      clause: 'FIDO MDS 3 §3.1.4',
      facts: { status: BYPASS },
    });
    await bank.change({ metadata: { refuse: ['REVOKED'] } });
    await expect(register({})).resolves.toBeDefined();
  });

  test('BCB-1.mds · the least certification is asked for', async () => {
    await publish({ aaguid, statuses: ['FIDO_CERTIFIED_L1'] });
    await bank.change({ metadata: { leastCertification: 'FIDO_CERTIFIED_L2', onChange: 'list' } });
    await expect(register({})).rejects.toMatchObject({ code: 'model_certification_insufficient' });
    await publish({ aaguid, statuses: ['FIDO_CERTIFIED_L1', 'FIDO_CERTIFIED_L2plus'] });
    await expect(register({})).resolves.toBeDefined();
  });

  test('BCB-1.mds · where an entry is required, a model without one and a claim without attestation are refused', async () => {
    await publish({ aaguid });
    await bank.change({ metadata: { required: true, onChange: 'list' } });
    await expect(register({ attestation: 'none' })).rejects.toMatchObject({ code: 'model_unknown' });
    await expect(register({ aaguid: randomUUID() })).rejects.toMatchObject({ code: 'model_unknown' });
    await expect(register({})).resolves.toBeDefined();
  });

  test('BCB-1.mds · an authenticator that is not what its statement says is refused', async () => {
    await publish({ aaguid, algorithms: ['ed25519_eddsa_sha512_raw'] });
    await bank.change({});
    await expect(register({ algorithm: -7 })).rejects.toMatchObject({ code: 'model_statement_mismatch' });
    await expect(register({ algorithm: -8 })).resolves.toBeDefined();
    await expect(register({ algorithm: -8, attestation: 'packed-self' })).rejects.toMatchObject({
      code: 'model_statement_mismatch',
    });
  });

  test('BCB-1.mds · a model without an AAGUID is known by the key of its certificate', async () => {
    const leaf = ca.issue();
    const jwk = leaf.privateKey.export({ format: 'jwk' });
    const point = Buffer.concat([Buffer.of(4), Buffer.from(jwk.x!, 'base64url'), Buffer.from(jwk.y!, 'base64url')]);
    const key = createHash('sha1').update(point).digest('hex');
    const options = {
      aaguid: '00000000-0000-0000-0000-000000000000',
      ca: { certificate: ca.certificate, issue: () => leaf },
    };
    await publish({ keyIdentifiers: [key] });
    await bank.change({ webauthn: { attestation: { accept: ['anchored'] } } });
    const { device } = await register(options);
    await bank.change({});
    await publish({ keyIdentifiers: [key], statuses: ['REVOKED'] });
    await suspended(device);
    expect(await stateOf(device)).toEqual({ state: 'suspended', state_reason: 'metadata' });
    await expect(register(options)).rejects.toMatchObject({ code: 'model_status_refused' });
  });

  test('BCB-1.aaguid · a denied model is refused, and with a list of allowed ones every other', async () => {
    await bank.change({ metadata: { aaguids: { deny: [aaguid.toUpperCase()] } } });
    await expect(register({})).rejects.toMatchObject({ code: 'model_not_allowed' });
    expect(await lastRefusal()).toMatchObject({ code: 'model_not_allowed', facts: { aaguid } });
    await bank.change({ metadata: { onChange: 'list', aaguids: { allow: [aaguid] } } });
    await expect(register({ attestation: 'none' })).resolves.toBeDefined();
    await expect(register({ aaguid: randomUUID() })).rejects.toMatchObject({ code: 'model_not_allowed' });
    await bank.change({});
  });
});

describe('BCB-6.metadata · the fleet', () => {
  test('a device whose model is condemned is suspended, its sessions end, its owner is told, and it stays so', async () => {
    await publish({ aaguid });
    const ada = await register({});
    const other = await bank.customer();
    const before = (await bank.events('fleet.judged')).length;
    const judgings = async () => (await bank.events('fleet.judged')).slice(before).map(({ facts }) => facts);
    await publish({ aaguid, statuses: ['FIDO_CERTIFIED_L1', BYPASS] });
    await suspended(ada.device);
    expect(await stateOf(ada.device)).toEqual({ state: 'suspended', state_reason: 'metadata' });
    expect((await stateOf(other.device)).state).toBe('active');
    const [event] = await bank.events('credential.suspended', ada.pseudonym);
    expect(event).toMatchObject({
      credential: ada.device,
      facts: { reason: 'metadata', finding: 'model_status_refused', detail: BYPASS },
    });
    const ended = () => bank.session.ended.some(({ credential }) => credential === ada.device);
    await until(ended);
    expect(ended()).toBe(true);
    // Recorded when all devices are judged: later than the first of them is seen to be suspended.
    await until(async () => (await judgings()).some(({ action }) => action === 'suspended'));
    expect(await judgings()).toContainEqual(expect.objectContaining({ action: 'suspended', devices: '1' }));
  });

  test('a device works again when its model is condemned no longer, and nobody resumes it before', async () => {
    await publish({ aaguid });
    const ada = await register({});
    const phone = await secondDevice(ada);
    await publish({ aaguid, statuses: ['REVOKED'] });
    await suspended(ada.device);
    const resume = async () => {
      const grant = await bank.session.grant(ada, phone, resumption(ada.device));
      return bank.asPerson(ada, 'resumeCredential', { id: ada.device, grant });
    };
    await expect(resume()).rejects.toMatchObject({ code: 'device_condemned' });
    expect((await bank.events('credential.refused', ada.pseudonym)).at(-1)).toMatchObject({
      code: 'device_condemned',
      credential: ada.device,
    });
    await publish({ aaguid, statuses: ['FIDO_CERTIFIED_L1'] });
    await until(async () => (await stateOf(ada.device)).state === 'active');
    expect(await stateOf(ada.device)).toEqual({ state: 'active', state_reason: '' });
    expect(await bank.events('credential.resumed', ada.pseudonym)).toMatchObject([
      { credential: ada.device, facts: { reason: 'metadata', finding: 'model_status_refused', detail: 'REVOKED' } },
    ]);
    await until(async () => !(await condemned()).some(({ device }) => device === ada.device));
    expect((await condemned()).map(({ device }) => device)).not.toContain(ada.device);
  });

  test('what its owner had suspended is not the owner’s to resume either, and comes back by no list', async () => {
    await publish({ aaguid });
    const ada = await register({});
    await bank.asPerson(ada, 'suspendCredential', { id: ada.device });
    await publish({ aaguid, statuses: ['REVOKED'] });
    await until(async () => (await stateOf(ada.device)).state_reason === 'metadata');
    expect(await stateOf(ada.device)).toEqual({ state: 'suspended', state_reason: 'metadata' });
    expect((await condemned()).map(({ device }) => device)).toContain(ada.device);
    await publish({ aaguid, statuses: ['FIDO_CERTIFIED_L1'] });
    await until(async () => !(await condemned()).some(({ device }) => device === ada.device));
    expect(await stateOf(ada.device)).toEqual({ state: 'suspended', state_reason: 'metadata' });
    expect(await bank.events('credential.resumed', ada.pseudonym)).toEqual([]);
  });

  test('flagged: the device goes on, an event and the list say so, once', async () => {
    await publish({ aaguid });
    await bank.change({ metadata: { onChange: 'flag' } });
    const ada = await register({});
    await publish({ aaguid, statuses: ['REVOKED'] });
    await until(async () => (await bank.events('credential.flagged', ada.pseudonym)).length > 0);
    expect((await stateOf(ada.device)).state).toBe('active');
    await publish({ aaguid, statuses: ['REVOKED', 'UPDATE_AVAILABLE'] });
    const mine = (await condemned()).filter(({ device }) => device === ada.device);
    expect(mine).toEqual([
      expect.objectContaining({
        subject: ada.subject,
        aaguid,
        model: 'A model of the test service',
        state: 'active',
        code: 'model_status_refused',
        detail: 'REVOKED',
        action: 'flagged',
      }),
    ]);
    expect(await bank.events('credential.flagged', ada.pseudonym)).toHaveLength(1);
  });

  test('listed: it is on the list and nowhere else; the list is paged and each device is on it once', async () => {
    await bank.change({ metadata: { onChange: 'list' } });
    const people = [await register({}), await register({}), await register({})];
    await bank.change({ metadata: { onChange: 'list', aaguids: { deny: [aaguid] } } });
    const mine = async (limit?: number) => (await condemned(limit)).filter((found) => found.aaguid === aaguid);
    await until(async () => (await mine()).length === 3);
    for (const limit of [1, 2, 200])
      expect((await mine(limit)).map(({ device }) => device).sort()).toEqual(people.map(({ device }) => device).sort());
    expect((await stateOf(people[0]!.device)).state).toBe('active');
    expect(await bank.events('credential.flagged', people[0]!.pseudonym)).toEqual([]);
  });

  test('BCB-1.aaguid · a policy that denies a model suspends its devices too, and one that stops clears the list', async () => {
    await bank.change({});
    const ada = await register({});
    await bank.change({ metadata: { aaguids: { deny: [aaguid] } } });
    await suspended(ada.device);
    expect((await stateOf(ada.device)).state_reason).toBe('metadata');
    await bank.change({});
    const left = async () => (await condemned()).some(({ device }) => device === ada.device);
    await until(async () => !(await left()));
    expect(await left()).toBe(false);
  });

  test('a policy says before it is in force whose models it would condemn, and what is so already', async () => {
    await bank.change({ metadata: { onChange: 'list' } });
    const [other] = [randomUUID(), await register({}), await register({})];
    await register({ aaguid: other });
    await bank.change({ metadata: { onChange: 'list', aaguids: { deny: [other] } } });
    const preview = async (metadata: object) => {
      const request = { tenant: '', document: JSON.stringify({ metadata }), cursor: '', limit: 0 };
      const { condemned: count, models: found } = await bank.asServer('previewPolicy', request, { scope: 'admin' });
      return { count, models: found.filter((model) => [aaguid, other].includes(model.aaguid)) };
    };
    const deny = [aaguid, other];
    const listed = await preview({ onChange: 'list', aaguids: { deny } });
    expect(listed.count).toBe(2);
    expect(listed.models.sort((a, b) => b.devices - a.devices)).toEqual([
      expect.objectContaining({ aaguid, code: 'model_not_allowed', devices: 2, already: false }),
      expect.objectContaining({ aaguid: other, code: 'model_not_allowed', devices: 1, already: true }),
    ]);
    const harsher = await preview({ onChange: 'suspend', refuse: [], aaguids: { deny } });
    expect(harsher.count).toBe(3);
    expect(harsher.models.map(({ already }) => already)).toEqual([false, false]);
    await bank.change({});
  });

  test('BCB-16.rows · the list is one tenant’s, asks for the scope, and takes no foreign cursor', async () => {
    const neighbour = await bank.neighbour();
    const request = { cursor: '', limit: 10 };
    expect((await bank.asServer('listCondemnedDevices', request, { tenant: neighbour.tenant })).devices).toEqual([]);
    const without = bank.asServer('listCondemnedDevices', request, { scope: 'introspect' });
    await expect(without).rejects.toMatchObject({ code: expect.stringMatching(/scope_missing$/) });
    const odd = bank.asServer('listCondemnedDevices', { cursor: 'no cursor', limit: 10 });
    await expect(odd).rejects.toMatchObject({ code: 'cursor_invalid' });
  });
});

describe('an old list', () => {
  test('BCB-1.mds · stops new devices of tenants that accept attested ones only, and nobody else', async () => {
    await publish({ aaguid }, '2020-01-01');
    const attested = { webauthn: { attestation: { accept: ['anchored'] } } };
    await bank.change(attested);
    await expect(register({})).rejects.toMatchObject({ code: 'metadata_stale' });
    await bank.change({ ...attested, metadata: { staleAfterDays: 365 } });
    await expect(register({})).rejects.toMatchObject({ code: 'metadata_stale' });
    await bank.change({});
    await expect(register({})).resolves.toBeDefined();
  });
});

async function secondDevice(ada: Customer): Promise<string> {
  const grant = await bank.grant(ada, { name: 'authenticator.add' });
  const { options } = await bank.asPerson(ada, 'beginWithGrant', { grant, origin: undefined });
  const answer = new SoftAuthenticator().register(JSON.parse(options) as never, { origin: ORIGIN });
  const request = { credential: JSON.stringify(answer), name: '', origin: undefined };
  return (await bank.asPerson(ada, 'completeWithGrant', request)).credential!.id;
}
