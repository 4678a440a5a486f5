import { describe, expect, test } from '@jest/globals';
import {
  SoftAuthenticator,
  TestAttestationCa,
  type AttestationIssuer,
  type CborValue,
  type IssuedCertificate,
  type LeafProfile,
} from '@countersign/testing';
import { verifyRegistration, type AttestationPolicy, type RegistrationInput } from '../src/index.js';
import { CREATION, EXPECTED, NOW, ORIGIN, registration, verdictOf } from './fixtures.js';

const AAGUID = '11111111-2222-3333-4444-555555555555';
const aaguid = new Uint8Array(Buffer.from(AAGUID.replaceAll('-', ''), 'hex'));
const root = new TestAttestationCa();

const verdict = (input: RegistrationInput, attestation: Partial<AttestationPolicy> = {}): string => {
  const result = verifyRegistration({ ...input, attestation: { ...input.attestation, ...attestation } });
  return result.ok ? result.credential.attestationTrust : verdictOf(result);
};

/** A packed attestation whose certificates are ours to choose; signed by the leaf's key. */
function certified(
  issuer: Pick<AttestationIssuer, 'issue'>,
  profile: LeafProfile,
  above: Uint8Array[] = [],
  policy: Partial<AttestationPolicy> = {},
): RegistrationInput {
  const authenticator = new SoftAuthenticator({
    attestation: 'packed',
    aaguid: AAGUID,
    ca: { certificate: root.certificate, issue: () => issuer.issue({ aaguid, ...profile }) },
  });
  const attestationStatement = (statement: Map<string, CborValue>) =>
    new Map(statement).set('x5c', [...(statement.get('x5c') as CborValue[]), ...above]);
  return {
    ...EXPECTED,
    response: authenticator.register(CREATION, { origin: ORIGIN, alter: { attestationStatement } }),
    attestation: { accept: ['anchored'], anchors: [root.certificate], ...policy },
    now: NOW,
  };
}

const changed = (change: (statement: Map<string, CborValue>) => void) => ({
  attestationStatement: (statement: Map<string, CborValue>) => {
    const copy = new Map(statement);
    change(copy);
    return copy;
  },
});
const flip = (bytes: Uint8Array<ArrayBuffer>) => bytes.map((byte, index) => (index === 20 ? byte ^ 1 : byte));

describe('attestation formats', () => {
  test('BCB-1.none · the statement is empty, or it is no such attestation', () => {
    expect(verdict(registration())).toBe('none');
    expect(
      verdict(
        registration(
          {},
          changed((statement) => statement.set('sig', new Uint8Array(1))),
        ),
      ),
    ).toBe('attestation_invalid');
  });

  test('BCB-1.packed · self attestation verifies with the credential’s own key and algorithm', () => {
    const self = { attestation: 'packed-self' as const };
    expect(verdict(registration(self))).toBe('self');
    expect(verdict(registration(self, { signature: flip }))).toBe('attestation_invalid');
    expect(
      verdict(
        registration(
          self,
          changed((statement) => statement.set('alg', -257)),
        ),
      ),
    ).toBe('attestation_invalid');
  });

  test.each([-7, -8, -257] as const)('BCB-1.packed · self attestation with algorithm %d', (algorithm) => {
    expect(verdict(registration({ attestation: 'packed-self', algorithm }))).toBe('self');
  });

  test('BCB-1.packed · a certificate issued by an anchor verifies', () => {
    expect(verdict(registration({ attestation: 'packed', aaguid: AAGUID }))).toBe('anchored');
  });

  test('BCB-1.packed · the statement’s members: signature, algorithm, nothing else', () => {
    const packed = { attestation: 'packed' as const };
    expect(verdict(registration(packed, { signature: flip }))).toBe('attestation_invalid');
    for (const change of [
      (statement: Map<string, CborValue>) => statement.set('alg', -8),
      (statement: Map<string, CborValue>) => statement.set('alg', -35),
      (statement: Map<string, CborValue>) => statement.set('alg', 'ES256'),
      (statement: Map<string, CborValue>) => statement.delete('alg'),
      (statement: Map<string, CborValue>) => statement.delete('sig'),
      (statement: Map<string, CborValue>) => statement.set('ecdaaKeyId', new Uint8Array(1)),
      (statement: Map<string, CborValue>) => statement.set('x5c', []),
      (statement: Map<string, CborValue>) => statement.set('x5c', [new Uint8Array(10)]),
      (statement: Map<string, CborValue>) => statement.set('x5c', ['text']),
      (statement: Map<string, CborValue>) => statement.set('x5c', new Uint8Array(1)),
    ])
      expect(verdict(registration(packed, changed(change)))).toBe('attestation_invalid');
  });
});

describe('attestation certificates (WebAuthn L3 §8.2.1)', () => {
  const subject = { C: 'CH', O: 'Maker', OU: 'Authenticator Attestation', CN: 'Model' };

  test.each<[string, LeafProfile]>([
    ['as it should be', {}],
    ['with another maker', { subject: { ...subject, O: 'Other' } }],
  ])('BCB-1.packed · a leaf %s is taken', (_name, profile) => {
    expect(verdict(certified(root, profile))).toBe('anchored');
  });

  test.each<[string, LeafProfile]>([
    ['of version 1', { version: 1 }],
    ['without country', { subject: { ...subject, C: undefined } }],
    ['with a country of three letters', { subject: { ...subject, C: 'CHE' } }],
    ['without maker', { subject: { ...subject, O: undefined } }],
    ['with another unit', { subject: { ...subject, OU: 'Authenticator attestation' } }],
    ['without name', { subject: { ...subject, CN: undefined } }],
    ['that is an authority', { ca: true }],
    ['for another model', { aaguid: new Uint8Array(16) }],
    ['whose model extension is critical', { aaguidCritical: true }],
    ['whose model extension is too short', { aaguid: new Uint8Array(15) }],
  ])('BCB-1.packed · a leaf %s is refused', (_name, profile) => {
    expect(verdict(certified(root, profile))).toBe('attestation_invalid');
  });
});

describe('the path to an anchor (RFC 5280 §6.1)', () => {
  const intermediate = new TestAttestationCa('Intermediate', root);
  const stranger = new TestAttestationCa('Countersign Test Attestation CA');

  test('BCB-1.packed · through an intermediate that was presented', () => {
    expect(verdict(certified(intermediate, {}, [intermediate.certificate]))).toBe('anchored');
    expect(verdict(certified(intermediate, {}, [intermediate.certificate, root.certificate]))).toBe('anchored');
  });

  test('BCB-1.packed · the intermediate itself, or the leaf itself, may be the anchor', () => {
    expect(verdict(certified(intermediate, {}), { anchors: [intermediate.certificate] })).toBe('anchored');
    const leaf = stranger.issue({ aaguid });
    const input = certified({ issue: () => leaf }, {});
    expect(verdict(input, { anchors: [leaf.certificate] })).toBe('anchored');
    expect(verdict(input)).toBe('attestation_untrusted');
  });

  test('BCB-1.packed · a root that was only presented is never trusted', () => {
    expect(verdict(certified(stranger, {}, [stranger.certificate]))).toBe('attestation_untrusted');
    expect(verdict(certified(stranger, {}), { anchors: [] })).toBe('attestation_untrusted');
  });

  test('BCB-1.packed · an unrelated true anchor appended to a stranger’s chain changes nothing', () => {
    expect(verdict(certified(stranger, {}, [root.certificate]))).toBe('attestation_untrusted');
    expect(verdict(certified(stranger, {}, [stranger.certificate, root.certificate]))).toBe('attestation_untrusted');
  });

  test('BCB-1.packed · certificates out of order, repeated, or missing lead nowhere', () => {
    expect(verdict(certified(intermediate, {}, [root.certificate, intermediate.certificate]))).toBe(
      'attestation_untrusted',
    );
    expect(verdict(certified(intermediate, {}, [intermediate.certificate, intermediate.certificate]))).toBe(
      'attestation_untrusted',
    );
    expect(verdict(certified(intermediate, {}))).toBe('attestation_untrusted');
  });

  test('BCB-1.packed · a leaf cannot issue another leaf; an authority of the same name can', () => {
    const signingAs = ({ certificate, privateKey }: IssuedCertificate) =>
      Object.assign(Object.create(TestAttestationCa.prototype) as TestAttestationCa, {
        signer: { name: subjectOfLeaf(certificate), privateKey },
      });
    const [leaf, authority] = [root.issue({ aaguid }), root.issue({ aaguid, ca: true })];
    expect(verdict(certified(signingAs(leaf), {}, [leaf.certificate]))).toBe('attestation_untrusted');
    expect(verdict(certified(signingAs(authority), {}, [authority.certificate]))).toBe('anchored');
  });

  test('BCB-1.packed · an expired or not yet valid certificate leads nowhere, at the time that was given', () => {
    const notAfter = new Date('2026-01-01T00:00:00Z');
    expect(verdict(certified(root, { notAfter }))).toBe('attestation_untrusted');
    expect(verdict({ ...certified(root, { notAfter }), now: new Date('2025-06-01T00:00:00Z') })).toBe('anchored');
    expect(verdict(certified(root, { notBefore: new Date('2027-01-01T00:00:00Z') }))).toBe('attestation_untrusted');
  });
});

describe('what policy accepts (§7.1 step 24)', () => {
  const none = registration();
  const self = registration({ attestation: 'packed-self' });
  const anchored = certified(root, {});
  const lost = certified(new TestAttestationCa(), {});

  test.each<[string, RegistrationInput, AttestationPolicy['accept'], string]>([
    ['none', none, ['none'], 'none'],
    ['none', none, ['self', 'anchored'], 'attestation_not_accepted'],
    ['self', self, ['self'], 'self'],
    ['self, better than asked', self, ['none'], 'self'],
    ['self', self, ['anchored'], 'attestation_not_accepted'],
    ['anchored', anchored, ['anchored'], 'anchored'],
    ['anchored, better than asked', anchored, ['none'], 'anchored'],
    ['a chain that leads nowhere', lost, ['anchored'], 'attestation_untrusted'],
    ['a chain that leads nowhere', lost, ['self'], 'attestation_untrusted'],
    ['a chain that leads nowhere, worth as much as none', lost, ['none'], 'none'],
    ['anything, when nothing is accepted', anchored, [], 'attestation_untrusted'],
  ])('BCB-1.packed · %s', (_name, input, accept, expected) => {
    expect(verdict(input, { accept })).toBe(expected);
  });
});

/** The subject field of a leaf made with the default profile, as DER. */
function subjectOfLeaf(certificate: Uint8Array): Buffer {
  const der = Buffer.from(certificate);
  const commonName = der.lastIndexOf(Buffer.from('Soft authenticator', 'utf8')) + 'Soft authenticator'.length;
  const country = der.lastIndexOf(Buffer.from('0603550406', 'hex'), commonName);
  const content = der.subarray(country - 4, commonName);
  return Buffer.concat([Buffer.from([0x30, content.length]), content]);
}
