import { X509Certificate } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SoftAuthenticator, TestAttestationCa, type SoftAuthenticatorOptions } from '@countersign/testing';
import { openAnchorSets } from '../src/anchor-settings.js';
import { Bank, ORIGIN } from './bank.js';

const AAGUID = '5ca1ab1e-0000-4000-8000-00000000cafe';
const SERIAL = '00c0ffee4711';
const [present, next] = [new TestAttestationCa('Maker'), new TestAttestationCa('Maker of tomorrow')];
const pem = (ca: TestAttestationCa): string => new X509Certificate(ca.certificate).toString();

let folder: string;
let bank: Bank;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-anchors-'));
  mkdirSync(join(folder, 'maker'));
  writeFileSync(join(folder, 'maker', 'present.pem'), pem(present));
  writeFileSync(join(folder, 'maker', 'next.pem'), pem(next));
  bank = await Bank.open(byPolicy({}), { attestationAnchors: folder });
});
afterAll(async () => {
  await bank.stop();
  rmSync(folder, { recursive: true });
});

const byPolicy = (attestation: object) => ({
  webauthn: { attestation: { accept: ['anchored'], anchorSets: ['maker'], ...attestation } },
});

/** A maker that writes the serial number of its device into each certificate. */
const telling = {
  certificate: present.certificate,
  issue: (profile: object) => {
    const value = Buffer.concat([Buffer.from([0x04, SERIAL.length / 2]), Buffer.from(SERIAL, 'hex')]);
    return present.issue({ ...profile, extensions: [{ id: '1.3.6.1.4.1.45724.1.1.2', value }] });
  },
};

/** Enrolls a fresh person with such an authenticator; what was asked for, and what came of it. */
async function enroll(options: SoftAuthenticatorOptions) {
  const { subject } = await bank.subject();
  const binding = await bank.binding(subject);
  const creation = await bank.options(binding);
  const answer = new SoftAuthenticator({ aaguid: AAGUID, ...options }).register(creation, { origin: ORIGIN });
  const outcome = await bank.complete(binding, answer).then(
    ({ credential }) => credential?.attestationTrust,
    ({ code }: { code: string }) => code,
  );
  return { subject, asked: creation.attestation, outcome };
}

describe('anchors of the installation', () => {
  test('BCB-1.device · both roots of a set are trusted side by side, and no others', async () => {
    expect((await enroll({ attestation: 'packed', ca: present })).outcome).toBe('anchored');
    expect((await enroll({ attestation: 'packed', ca: next })).outcome).toBe('anchored');
    expect((await enroll({ attestation: 'packed' })).outcome).toBe('attestation_untrusted');
  });

  test('BCB-1.device · a set that nobody has set up vouches for nothing', async () => {
    await bank.change(byPolicy({ anchorSets: ['apple', 'nobody'] }));
    expect((await enroll({ attestation: 'apple', ca: present })).outcome).toBe('attestation_untrusted');
    await bank.change(byPolicy({}));
  });

  test('BCB-1.device · a folder that cannot be used stops the start by the name of its setting', () => {
    expect(() => openAnchorSets({ attestationAnchors: join(folder, 'absent') })).toThrow(
      /COUNTERSIGN_ATTESTATION_ANCHORS: .*absent is not there/,
    );
  });
});

describe('several statements', () => {
  test('BCB-1.packed · all of them must be good, or as many as the policy says', async () => {
    const mixed: SoftAuthenticatorOptions = { attestation: 'compound', statements: ['packed-self', 'apple'], ca: next };
    expect((await enroll(mixed)).outcome).toBe('attestation_untrusted');
    await bank.change(byPolicy({ compound: 1 }));
    expect((await enroll(mixed)).outcome).toBe('anchored');
    await bank.change(byPolicy({}));
  });
});

describe('enterprise attestation', () => {
  test('BCB-1.packed · is asked for only where the policy lists models; another serial number is refused', async () => {
    const refused = await enroll({ attestation: 'packed', ca: telling });
    expect(refused).toMatchObject({ asked: 'direct', outcome: 'attestation_serial_refused' });
    await bank.change(byPolicy({ enterprise: ['11111111-2222-3333-4444-555555555555'] }));
    const other = await enroll({ attestation: 'packed', ca: telling });
    expect(other).toMatchObject({ asked: 'enterprise', outcome: 'attestation_serial_refused' });
    expect((await bank.events('credential.refused')).at(-1)).toMatchObject({
      code: 'attestation_serial_refused',
      clause: 'WebAuthn L3 §8.2.2',
    });
  });

  test('BCB-1.packed · a serial number of a listed model is recorded under the person’s key, in no event', async () => {
    await bank.change(byPolicy({ enterprise: [AAGUID] }));
    const who = await bank.customer({ attestation: 'packed', ca: telling, aaguid: AAGUID });
    const [event] = await bank.events('credential.enrolled', who.pseudonym);
    const [{ sealed, leaf } = {}] = await bank.rows<{ sealed: Buffer; leaf: Buffer }>(
      'select sealed, leaf from enrollment.outbox where event_id = $1',
      [event?.id],
    );
    expect(leaf?.toString('latin1')).not.toContain(SERIAL);
    const entry = { commitment: event!.personal!.c, keyId: event!.personal!.k, sealed: sealed!, event: event!.id };
    const { details } = await bank.asPerson(who, 'openDetails', { details: [entry] });
    expect(JSON.parse(details[0]!)).toMatchObject({ serialNumber: SERIAL });
    const plain = await enroll({ attestation: 'packed', ca: present });
    expect(plain.outcome).toBe('anchored');
    await bank.change(byPolicy({}));
  });
});
