import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { InProcessNetwork } from '@countersign/platform';
import {
  SoftAuthenticator,
  TestAttestationCa,
  type LeafProfile,
  type SoftAuthenticatorOptions,
} from '@countersign/testing';
import { service } from '../src/index.js';
import { Bank, ORIGIN, type Customer } from './bank.js';
import { until } from './metadata-feed.js';
import { StatusFile } from './status-file.js';

const feed = new StatusFile();
const root = new TestAttestationCa('Root of phones');
const other = new TestAttestationCa('Other root');
let bank: Bank;
let aaguid: string;

beforeAll(async () => {
  bank = await Bank.open(trusting(root), feed.settings);
}, 60_000);
beforeEach(() => {
  aaguid = randomUUID();
});
afterAll(async () => {
  await bank.stop();
  feed.stop();
});

const base64 = ({ certificate }: TestAttestationCa): string => Buffer.from(certificate).toString('base64');

/** A policy that accepts what these authorities vouch for. */
function trusting(...anchors: TestAttestationCa[]) {
  return policyOf(anchors, ['anchored']);
}

function policyOf(anchors: TestAttestationCa[], accept: string[], more: object = {}) {
  return { webauthn: { attestation: { accept, anchors: anchors.map(base64), ...more } } };
}

const android = (ca: TestAttestationCa, leaf: LeafProfile = {}): SoftAuthenticatorOptions => ({
  aaguid,
  attestation: 'android-key',
  ca,
  androidKey: { leaf },
});

/** A phone whose leaf the root itself issued, with a serial number of its own. */
function phone(): { serial: string; options: SoftAuthenticatorOptions } {
  const serial = Buffer.concat([Buffer.from([0x5a]), Buffer.from(randomUUID().slice(0, 8), 'hex')]);
  return { serial: serial.toString('hex'), options: android(root, { serial }) };
}

const held = (entries: number) =>
  until(async () => new RegExp(`^countersign_android_status_entries ${entries}$`, 'm').test(await bank.metrics()));

const row = async (id: string) =>
  (
    await bank.rows<{ state: string; state_reason: string; attestation_trust: string }>(
      'select state, state_reason, attestation_trust from enrollment.credential where id = $1',
      [id],
    )
  )[0]!;
const stateOf = async (id: string): Promise<string> => (await row(id)).state;
const trustOf = async (id: string): Promise<string> => (await row(id)).attestation_trust;
const findings = async (id: string) =>
  (await bank.asServer('listCondemnedDevices', { cursor: '', limit: 200 })).devices.filter(
    ({ device }) => device === id,
  );

/** The judging of the fleet is recorded when it is over: later than the change of a single device can be seen. */
async function judged(action: string): Promise<void> {
  const actions = async () => (await bank.events('fleet.judged')).map(({ facts }) => facts?.['action']);
  await until(async () => (await actions()).includes(action));
  expect(await actions()).toContain(action);
}

describe('the list of revoked Android attestation keys', () => {
  test('BCB-1.android-key · configured and never read: who accepts attested devices only enrolls no Android device', async () => {
    await expect(bank.customer(phone().options)).rejects.toMatchObject({ code: 'android_status_stale' });
    expect((await bank.events('credential.refused')).at(-1)).toMatchObject({ clause: 'Android Key Attestation' });
    await expect(bank.customer({ aaguid, attestation: 'packed', ca: root })).resolves.toBeDefined();
    await bank.change(policyOf([root], ['none']));
    await expect(bank.customer(phone().options)).resolves.toBeDefined();
    await bank.change(trusting(root));
  });

  test.each(['REVOKED', 'SUSPENDED'])('BCB-1.android-key · %s keys vouch for nobody', async (status) => {
    const { serial, options } = phone();
    feed.publish({ [serial]: status, ['ffff']: 'REVOKED' });
    await held(2);
    await until(
      async () => (await bank.customer(options).catch(({ code }) => code as string)) === 'attestation_revoked',
    );
    await expect(bank.customer(options)).rejects.toMatchObject({ code: 'attestation_revoked' });
    await expect(bank.customer(phone().options)).resolves.toBeDefined();
  });

  test('BCB-6.metadata · a key that leaks later takes its devices along, with events, and no owner resumes them', async () => {
    feed.publish({});
    await held(0);
    const { serial, options } = phone();
    const [ada, bob] = [await bank.customer(options), await bank.customer(phone().options)];
    const second = await anotherDevice(ada);
    feed.publish({ [serial]: 'REVOKED' });
    await until(async () => (await stateOf(ada.device)) === 'suspended');
    expect(await row(ada.device)).toMatchObject({ state: 'suspended', state_reason: 'metadata' });
    expect(await stateOf(bob.device)).toBe('active');
    const [event] = await bank.events('credential.suspended', ada.pseudonym);
    expect(event).toMatchObject({ facts: { finding: 'attestation_revoked', detail: 'REVOKED' } });
    expect(await findings(ada.device)).toMatchObject([{ code: 'attestation_revoked', action: 'suspended' }]);
    await expect(resumed(ada, second)).rejects.toMatchObject({ code: 'device_condemned' });
    feed.publish({});
    await until(async () => (await stateOf(ada.device)) === 'active');
    expect(await row(ada.device)).toMatchObject({ state: 'active', state_reason: '' });
    expect((await bank.events('credential.resumed', ada.pseudonym))[0]).toMatchObject({
      credential: ada.device,
      facts: { reason: 'metadata', finding: 'attestation_revoked', detail: 'REVOKED' },
    });
  });

  test('R15 · a list that cannot be read is counted, the last good one stays in force, also over a restart', async () => {
    const { serial, options } = phone();
    feed.publish({ [serial]: 'SUSPENDED' });
    await held(1);
    feed.replace('<html>maintenance</html>');
    await until(async () => /android_status_failures_total\{reason="malformed"\} 1/.test(await bank.metrics()));
    expect(await bank.metrics()).toMatch(/^countersign_android_status_entries 1$/m);
    await expect(bank.customer(options)).rejects.toMatchObject({ code: 'attestation_revoked' });
    const again = await bank.installation.start(service, feed.settings, new InProcessNetwork());
    expect(await again.metrics.registry.metrics()).toMatch(/^countersign_android_status_entries 1$/m);
  });

  test('BCB-1.android-key · a file that nobody renewed for too long, by the tenant’s own measure, is as good as none', async () => {
    feed.publish({});
    await held(0);
    feed.age(30);
    const refused = async () => (await bank.customer(phone().options).catch(({ code }) => code as string)) as string;
    await until(async () => (await refused()) === 'android_status_stale');
    expect(await refused()).toBe('android_status_stale');
    await bank.change(policyOf([root], ['anchored'], { statusStaleAfterHours: 48 }));
    await expect(bank.customer(phone().options)).resolves.toBeDefined();
    feed.publish({});
    await held(0);
    await bank.change(trusting(root));
  });
});

describe('an anchor that leaves the policy', () => {
  const packed = (ca: TestAttestationCa): SoftAuthenticatorOptions => ({ aaguid, attestation: 'packed', ca });

  test('BCB-1.device · takes the trust of what it vouched for along, and gives it back when it returns', async () => {
    await bank.change(policyOf([root, other], ['none']));
    const [ada, bob] = [await bank.customer(packed(root)), await bank.customer(packed(other))];
    await bank.change(policyOf([other], ['none']));
    await until(async () => (await trustOf(ada.device)) === 'none');
    expect([await trustOf(ada.device), await trustOf(bob.device)]).toEqual(['none', 'anchored']);
    expect(await row(ada.device)).toMatchObject({ state: 'active', attestation_trust: 'none' });
    await judged('distrusted');
    await bank.change(policyOf([root, other], ['none']));
    await until(async () => (await trustOf(ada.device)) === 'anchored');
    expect(await trustOf(ada.device)).toBe('anchored');
  });

  test('BCB-1.device · a tenant that accepts attested devices only has them suspended, and is told before', async () => {
    await bank.change(trusting(root, other));
    const [ada, bob] = [await bank.customer(packed(root)), await bank.customer(packed(other))];
    const document = JSON.stringify(trusting(other));
    const preview = await bank.asServer(
      'previewPolicy',
      { tenant: '', document, cursor: '', limit: 0 },
      { scope: 'admin' },
    );
    expect(preview.models.filter((model) => model.aaguid === aaguid)).toMatchObject([
      { code: 'attestation_untrusted', devices: 1, already: false },
    ]);
    expect(preview.condemned).toBeGreaterThanOrEqual(1);
    await bank.change(trusting(other));
    await until(async () => (await stateOf(ada.device)) === 'suspended');
    expect(await row(ada.device)).toMatchObject({ state: 'suspended', state_reason: 'metadata' });
    expect(await findings(ada.device)).toMatchObject([{ code: 'attestation_untrusted', detail: 'anchor' }]);
    expect(await stateOf(bob.device)).toBe('active');
    await bank.change(trusting(root, other));
    await until(async () => (await stateOf(ada.device)) === 'active');
    expect(await row(ada.device)).toEqual({ state: 'active', state_reason: '', attestation_trust: 'anchored' });
    await judged('resumed');
    expect((await bank.events('credential.resumed', ada.pseudonym))[0]).toMatchObject({
      facts: { reason: 'metadata', finding: 'attestation_untrusted', detail: 'anchor' },
    });
  });

  test('BCB-1.device · a renewed anchor of the same name and key is the same: nobody loses anything', async () => {
    const authority = new TestAttestationCa('Authority', root);
    await bank.change(trusting(authority));
    const ada = await bank.customer(packed(authority));
    const certificate = authority.renewed({ notBefore: new Date('2021-01-01') });
    const { version } = await bank.change(trusting({ certificate } as TestAttestationCa));
    const judgements = () =>
      bank.rows(`select from enrollment.metadata_judgement where snapshot_version = $1 and fingerprint <> ''`, [
        version,
      ]);
    await until(async () => (await judgements()).length > 0);
    expect(await judgements()).toHaveLength(1);
    expect(await row(ada.device)).toMatchObject({ state: 'active', attestation_trust: 'anchored' });
  });

  test('BCB-1.device · what was enrolled before anchors were kept is looked at once, and judged like the rest', async () => {
    await bank.change(trusting(root));
    const ada = await bank.customer(packed(root));
    // The look that the first change began may be under way: it must find nothing to do before both are gone.
    await bank.rows('delete from enrollment.attestation_certificate where credential = $1', [ada.device]);
    await bank.rows(`update enrollment.credential set attestation_anchors = '' where id = $1`, [ada.device]);
    await bank.change(trusting(root, other));
    const kept = () => bank.rows('select from enrollment.attestation_certificate where credential = $1', [ada.device]);
    await until(async () => (await kept()).length > 0);
    expect(await kept()).toHaveLength(1);
    expect(await trustOf(ada.device)).toBe('anchored');
  });
});

async function anotherDevice(ada: Customer): Promise<string> {
  const grant = await bank.grant(ada, { name: 'authenticator.add' });
  const { options } = await bank.asPerson(ada, 'beginWithGrant', { grant, origin: undefined });
  const authenticator = new SoftAuthenticator({ aaguid: randomUUID(), attestation: 'packed', ca: root });
  const credential = JSON.stringify(authenticator.register(JSON.parse(options) as never, { origin: ORIGIN }));
  const answer = await bank.asPerson(ada, 'completeWithGrant', { credential, name: '', origin: undefined });
  return answer.credential!.id;
}

async function resumed(ada: Customer, by: string) {
  const action = { name: 'authenticator.resume', parameters: { id: ada.device } };
  const grant = await bank.session.grant(ada, by, action);
  return bank.asPerson(ada, 'resumeCredential', { id: ada.device, grant });
}
