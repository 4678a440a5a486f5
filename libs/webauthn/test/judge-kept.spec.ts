import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import {
  FLAGS,
  SoftAuthenticator,
  TestAttestationCa,
  type AlterRegistration,
  type AttestationIssuer,
  type LeafProfile,
  type SoftAuthenticatorOptions,
} from '@countersign/testing';
import { judgeKeptAttestation, type KeptAttestation } from '../src/index.js';
import { CREATION, NOW, ORIGIN } from './fixtures.js';

const AAGUID = '11111111-2222-3333-4444-555555555555';
const ZERO = '00000000-0000-0000-0000-000000000000';
const root = new TestAttestationCa('Root');
const other = new TestAttestationCa('Other');
const anchored = { anchors: [root.certificate] };
const packed = { attestation: 'packed', aaguid: AAGUID } as const;

/** What was kept of an enrollment, to be judged by `root`. */
function kept(options: SoftAuthenticatorOptions, alter: AlterRegistration = {}): KeptAttestation {
  const { response } = new SoftAuthenticator({ ca: root, ...options }).register(CREATION, { origin: ORIGIN, alter });
  return {
    attestationObject: Buffer.from(response.attestationObject, 'base64url'),
    clientDataHash: createHash('sha256').update(Buffer.from(response.clientDataJSON, 'base64url')).digest(),
    policy: anchored,
    at: NOW,
  };
}

const issuing = (profile: LeafProfile): AttestationIssuer => ({
  certificate: root.certificate,
  issue: (asked = {}) => root.issue({ ...asked, ...profile }),
});

describe('an enrolled credential, judged by the anchors of today', () => {
  test.each<[string, SoftAuthenticatorOptions]>([
    ['packed', packed],
    ['tpm', { attestation: 'tpm' }],
    ['android-key', { attestation: 'android-key' }],
    ['apple', { attestation: 'apple' }],
    ['fido-u2f', { attestation: 'fido-u2f' }],
  ])(
    'BCB-1.device · %s is anchored as long as its anchor is there, and after that worth nothing',
    (format, options) => {
      const credential = kept(options);
      expect(judgeKeptAttestation(credential)).toMatchObject({ ok: true, trust: 'anchored', trustPaths: [{ format }] });
      const gone = judgeKeptAttestation({ ...credential, policy: { anchors: [other.certificate] } });
      expect(gone).toMatchObject({ ok: true, trust: 'none', model: { aaguid: options.aaguid ?? ZERO } });
      expect(gone).not.toHaveProperty('trustPaths');
    },
  );

  test('BCB-1.aaguid · the model is read anew, with whether an anchor vouches for it', () => {
    const silent = kept({ ...packed, ca: issuing({ aaguid: undefined }) });
    const model = { aaguid: AAGUID, keyIdentifier: '' };
    expect(judgeKeptAttestation(kept(packed))).toMatchObject({ model, modelCertified: true });
    expect(judgeKeptAttestation(silent)).toMatchObject({ ok: true, model });
    expect(judgeKeptAttestation(silent)).not.toHaveProperty('modelCertified');
    const policy = { anchors: [], modelAnchors: [root.certificate] };
    expect(judgeKeptAttestation({ ...silent, policy })).toMatchObject({ trust: 'anchored', modelCertified: true });
  });

  test.each<[SoftAuthenticatorOptions['attestation'], string]>([
    ['none', 'none'],
    ['packed-self', 'self'],
  ])('BCB-1.device · %s rests on no anchor and loses none', (attestation, trust) => {
    const verdict = judgeKeptAttestation(kept({ attestation }));
    expect(verdict).toEqual({ ok: true, trust, model: { aaguid: ZERO, keyIdentifier: '' } });
  });

  test('BCB-1.device · certificates are held to their dates on the day it was enrolled', () => {
    const short = kept({ ...packed, ca: issuing({ notAfter: NOW }) });
    const on = (at: Date) => judgeKeptAttestation({ ...short, at });
    expect(on(NOW)).toMatchObject({ trust: 'anchored' });
    expect(on(new Date(NOW.getTime() + 1000))).toMatchObject({ ok: true, trust: 'none' });
  });

  test('§8.9 · as many statements of a compound one as policy says today', () => {
    const ca: AttestationIssuer = {
      certificate: root.certificate,
      issue: (profile = {}) => (profile.keys ? other : root).issue(profile),
    };
    const credential = kept({ attestation: 'compound', ca });
    const trust = (compound: 'all' | number) =>
      judgeKeptAttestation({ ...credential, policy: { ...anchored, compound } });
    expect(trust(1)).toMatchObject({ trust: 'anchored', trustPaths: [{ format: 'packed' }] });
    for (const required of [2, 'all'] as const) expect(trust(required)).toMatchObject({ trust: 'none' });
  });
});

describe('what was settled at enrollment', () => {
  test('BCB-1.packed · a serial number is not asked about again', () => {
    const extensions = [{ id: '1.3.6.1.4.1.45724.1.1.2', value: new Uint8Array([4, 1, 0xab]) }];
    expect(judgeKeptAttestation(kept({ ...packed, ca: issuing({ extensions }) }))).toMatchObject({ trust: 'anchored' });
  });

  test('BCB-1.tpm · nor is SHA-1 in a statement', () => {
    const credential = kept({ attestation: 'tpm', tpm: { algorithm: -65535 } });
    expect(judgeKeptAttestation(credential)).toMatchObject({ trust: 'anchored' });
  });
});

describe('what was kept is believed no more than what was sent', () => {
  const spoilt = (bytes: Uint8Array<ArrayBuffer>) => bytes.map((byte, at) => (at === 20 ? byte ^ 1 : byte));

  test('§6.5.3 · the statement must still verify over the authenticator data and the client data hash', () => {
    for (const attestation of ['packed', 'packed-self', 'fido-u2f', 'compound'] as const) {
      const credential = kept({ attestation });
      expect(judgeKeptAttestation(credential).ok).toBe(true);
      const hash = { clientDataHash: spoilt(new Uint8Array(credential.clientDataHash)) };
      for (const changed of [{ ...credential, ...hash }, kept({ attestation }, { signature: spoilt })])
        expect(judgeKeptAttestation(changed)).toMatchObject({ ok: false, code: 'attestation_invalid' });
    }
  });

  test('§8.2.1 · the model extension must still agree', () => {
    const ca = issuing({ aaguid: new Uint8Array(16).fill(1) });
    expect(judgeKeptAttestation(kept({ ...packed, ca }))).toMatchObject({ clause: 'WebAuthn L3 §8.2.1' });
  });

  test.each<[string, AlterRegistration, string]>([
    ['an object that is not CBOR', { attestationObject: () => new Uint8Array([0xff]) }, 'attestation_malformed'],
    ['no credential', { flags: (flags) => flags & ~FLAGS.AT }, 'authenticator_data_malformed'],
    ['no key', { coseKey: () => new Uint8Array([0xa0]) }, 'public_key_malformed'],
  ])('§6.5.4 · %s is a refusal, and nothing is thrown', (_name, alter, code) => {
    expect(judgeKeptAttestation(kept({}, alter))).toMatchObject({ ok: false, code });
  });
});
