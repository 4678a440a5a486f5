import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import {
  SoftAuthenticator,
  TestAttestationCa,
  type AttestationIssuer,
  type CborValue,
  type LeafProfile,
} from '@countersign/testing';
import { verifyRegistration, type AttestationPolicy } from '../src/index.js';
import { anchorOf, type Validity } from '../src/attestation/path.js';
import { readCertificate } from '../src/attestation/certificate.js';
import { CREATION, EXPECTED, NOW, ORIGIN } from './fixtures.js';

const AAGUID = '11111111-2222-3333-4444-555555555555';
const aaguid = new Uint8Array(Buffer.from(AAGUID.replaceAll('-', ''), 'hex'));
const root = new TestAttestationCa();

/** The trust of a packed attestation by a leaf that `issuer` makes, with `above` following it in x5c; or the refusal. */
function trustOf(
  issuer: Pick<AttestationIssuer, 'issue'>,
  {
    profile = {},
    above = [],
    policy = {},
  }: Partial<{ profile: LeafProfile; above: Uint8Array[]; policy: Partial<AttestationPolicy> }> = {},
): string {
  const ca = { certificate: root.certificate, issue: () => issuer.issue({ aaguid, ...profile }) };
  const attestationStatement = (statement: Map<string, CborValue>) =>
    new Map(statement).set('x5c', [...(statement.get('x5c') as CborValue[]), ...above]);
  const result = verifyRegistration({
    ...EXPECTED,
    response: new SoftAuthenticator({ attestation: 'packed', aaguid: AAGUID, ca }).register(CREATION, {
      origin: ORIGIN,
      alter: { attestationStatement },
    }),
    attestation: { accept: ['anchored'], anchors: [root.certificate], ...policy },
    now: NOW,
  });
  return result.ok ? result.credential.attestationTrust : String(result.facts['rule'] ?? result.code);
}

const below = (profile: LeafProfile, name = 'Intermediate') => new TestAttestationCa(name, root, profile);
const through = (issuer: TestAttestationCa, ...more: TestAttestationCa[]) =>
  trustOf(issuer, { above: [issuer, ...more].map(({ certificate }) => certificate) });

describe('a path is built from anchors (RFC 5280 §6.1)', () => {
  test('BCB-1.packed · an anchor is its name and key: every renewal of a root stands for all of them', () => {
    const renewals = [
      root.renewed({ notAfter: new Date('2026-05-24T00:00:00Z') }),
      root.renewed({ notBefore: new Date('2030-01-01T00:00:00Z') }),
      root.renewed({ keyUsage: 0x04 }),
    ];
    for (const anchor of renewals) expect(trustOf(root, { policy: { anchors: [anchor] } })).toBe('anchored');
    // The expired renewal may also stand at the end of what is presented.
    expect(trustOf(root, { above: [renewals[0] ?? new Uint8Array()] })).toBe('anchored');
  });

  test('BCB-1.packed · another key under the name of an anchor, or its key under another name, is another authority', () => {
    expect(trustOf(root, { policy: { anchors: [new TestAttestationCa().certificate] } })).toBe('attestation_untrusted');
    const renamed = root.renewed({ subject: { CN: 'Other' } });
    expect(trustOf(root, { policy: { anchors: [renamed] } })).toBe('attestation_untrusted');
  });

  test('BCB-1.packed · an anchor issues only if its certificate says so', () => {
    expect(trustOf(root, { policy: { anchors: [root.renewed({ ca: false })] } })).toBe('attestation_untrusted');
    expect(trustOf(root, { policy: { anchors: [root.renewed({ version: 1 })] } })).toBe('attestation_untrusted');
  });

  test('BCB-1.packed · a leaf that is an anchor is so byte for byte: its renewal is not', () => {
    const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const [leaf, renewed] = [root.issue({ aaguid, keys }), root.issue({ aaguid, keys })];
    const as = (anchor: Uint8Array) => trustOf({ issue: () => leaf }, { policy: { anchors: [anchor] } });
    expect(as(leaf.certificate)).toBe('anchored');
    expect(as(renewed.certificate)).toBe('attestation_untrusted');
  });

  test('BCB-1.packed · an anchor nobody can read anchors nothing, and harms no other', () => {
    const junk = new Uint8Array([0x30, 0x03, 1, 2, 3]);
    expect(trustOf(root, { policy: { anchors: [junk] } })).toBe('attestation_untrusted');
    expect(trustOf(root, { policy: { anchors: [junk, root.certificate] } })).toBe('anchored');
  });

  test('BCB-1.packed · chains that leave their root out lead to it all the same', () => {
    expect(through(below({}))).toBe('anchored');
    expect(trustOf(below({}))).toBe('attestation_untrusted');
  });
});

describe('authorities in between', () => {
  test('BCB-1.packed · path lengths hold, the anchor’s own too', () => {
    const short = below({ pathLength: 0 }, 'Short');
    const under = new TestAttestationCa('Under', short);
    expect(through(short)).toBe('anchored');
    expect(through(under, short)).toBe('attestation_untrusted');
    const anchors = [root.renewed({ pathLength: 0 })];
    const one = below({});
    expect(trustOf(root, { policy: { anchors } })).toBe('anchored');
    expect(trustOf(one, { above: [one.certificate], policy: { anchors } })).toBe('attestation_untrusted');
    const enough = [root.renewed({ pathLength: 1 })];
    expect(trustOf(one, { above: [one.certificate], policy: { anchors: enough } })).toBe('anchored');
  });

  test('BCB-1.packed · a key that may not sign certificates signs none', () => {
    expect(through(below({ keyUsage: 0x80 }))).toBe('attestation_untrusted');
    expect(through(below({ keyUsage: 0x04 }))).toBe('anchored');
    expect(through(below({ keyUsage: 0x86 }))).toBe('anchored');
  });

  test.each<[string, LeafProfile, string]>([
    ['of version 1', { version: 1 }, 'attestation_untrusted'],
    ['of version 1 with extensions', { version: 1, misplaced: true }, 'attestation_untrusted'],
    ['of version 2 with extensions', { version: 2, misplaced: true }, 'attestation_untrusted'],
    ['of version 3 with them', { version: 3, misplaced: true }, 'anchored'],
    ['that is no authority', { ca: false }, 'attestation_untrusted'],
    [
      'with name constraints',
      { extensions: [{ id: '2.5.29.30', critical: true, value: new Uint8Array([0x30, 0]) }] },
      'name constraints',
    ],
    [
      'with name constraints, not critical',
      { extensions: [{ id: '2.5.29.30', value: new Uint8Array([0x30, 0]) }] },
      'name constraints',
    ],
    [
      'with a critical extension nobody knows',
      { extensions: [{ id: '1.2.3.4', critical: true, value: new Uint8Array([5, 0]) }] },
      'unknown critical extension',
    ],
    [
      'with a critical extended key usage',
      { extensions: [{ id: '2.5.29.37', critical: true, value: new Uint8Array([0x30, 0]) }] },
      'unknown critical extension',
    ],
    ['with an extension nobody knows', { extensions: [{ id: '1.2.3.4', value: new Uint8Array([5, 0]) }] }, 'anchored'],
    [
      'with critical policies',
      { extensions: [{ id: '2.5.29.32', critical: true, value: new Uint8Array([0x30, 0]) }] },
      'anchored',
    ],
    [
      'with an extension twice',
      { extensions: [0, 1].map(() => ({ id: '1.2.3.4', value: new Uint8Array([5, 0]) })) },
      'an extension appears twice',
    ],
    ['signed with SHA-1', { hash: 'sha1' }, 'signature algorithm'],
    ['that has expired', { notAfter: new Date('2026-01-01T00:00:00Z') }, 'attestation_untrusted'],
  ])('BCB-1.packed · an authority %s', (_name, profile, expected) => {
    expect(through(below(profile))).toBe(expected);
  });

  test.each([
    ['RSA of 1,024 bits', generateKeyPairSync('rsa', { modulusLength: 1024 })],
    ['a curve outside the list', generateKeyPairSync('ec', { namedCurve: 'secp256k1' })],
    ['X25519', generateKeyPairSync('x25519')],
    ['DSA', generateKeyPairSync('dsa', { modulusLength: 2048, divisorLength: 256 })],
  ])('BCB-1.packed · a certificate for %s is refused', (_name, keys) => {
    const { certificate } = root.issue({ aaguid, keys });
    expect(() => readCertificate(certificate)).toThrow('attestation_invalid');
  });

  test('BCB-1.packed · a key of the future is refused like any other that is not known', () => {
    const keys = generateKeyPairSync('ml-dsa-65');
    expect(() => readCertificate(root.issue({ aaguid, keys }).certificate)).toThrow('attestation_invalid');
  });

  test('BCB-1.packed · names are equal whatever type their text was written in', () => {
    const subject = { C: 'CH', O: 'Maker', CN: 'Authority' };
    const printable = (der: Uint8Array) =>
      new Uint8Array(
        Buffer.from(Buffer.from(der).toString('hex').replaceAll('0c054d616b6572', '13054d616b6572'), 'hex'),
      );
    const anchor = root.renewed({ subject });
    expect(printable(anchor)).not.toEqual(anchor);
    const [written, other] = [anchor, printable(anchor)].map((der) => readCertificate(der));
    expect(other?.subjectName).toBe(written?.subjectName);
  });
});

describe('dates, by the rule of the format', () => {
  const early = new Date('2026-01-01T00:00:00Z');
  const late = new Date('2027-01-01T00:00:00Z');
  const chain = (leaf: LeafProfile, authority: LeafProfile = {}) => {
    const issuer = below(authority);
    return [issuer.issue(leaf).certificate, issuer.certificate].map((der) => readCertificate(der));
  };
  const leads = (validity: Validity | undefined, ...[leaf, authority]: Parameters<typeof chain>) =>
    anchorOf(chain(leaf, authority), [root.certificate], NOW, validity) !== undefined;

  test.each<[string, LeafProfile, LeafProfile, Record<Validity, boolean>]>([
    ['within its dates', {}, {}, { all: true, 'ignore-leaf': true, 'not-before-only': true }],
    ['a leaf that has expired', { notAfter: early }, {}, { all: false, 'ignore-leaf': true, 'not-before-only': true }],
    ['a leaf of the future', { notBefore: late }, {}, { all: false, 'ignore-leaf': true, 'not-before-only': true }],
    [
      'an authority that has expired',
      {},
      { notAfter: early },
      { all: false, 'ignore-leaf': false, 'not-before-only': true },
    ],
    [
      'an authority of the future',
      {},
      { notBefore: late },
      { all: false, 'ignore-leaf': false, 'not-before-only': false },
    ],
  ])('BCB-1.device · %s', (_name, leaf, authority, expected) => {
    for (const [validity, verdict] of Object.entries(expected))
      expect([validity, leads(validity as Validity, leaf, authority)]).toEqual([validity, verdict]);
    expect(leads(undefined, leaf, authority)).toBe(expected.all);
  });

  test('BCB-1.device · the first and the last second count', () => {
    expect(leads('all', { notBefore: NOW, notAfter: NOW })).toBe(true);
    expect(leads('all', { notAfter: new Date(NOW.getTime() - 1000) })).toBe(false);
    expect(leads('all', { notBefore: new Date(NOW.getTime() + 1000) })).toBe(false);
  });
});

describe('chains that lead nowhere', () => {
  const stranger = new TestAttestationCa('Stranger');
  const lenient = { accept: ['none' as const] };

  test('BCB-1.device · are worth as much as none, or refused where policy says so', () => {
    expect(trustOf(stranger, { policy: lenient })).toBe('none');
    expect(trustOf(stranger, { policy: { ...lenient, untrusted: 'none' } })).toBe('none');
    expect(trustOf(stranger, { policy: { ...lenient, untrusted: 'refuse' } })).toBe('attestation_untrusted');
    expect(trustOf(root, { policy: { ...lenient, untrusted: 'refuse' } })).toBe('anchored');
  });
});
