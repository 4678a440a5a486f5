import { X509Certificate, createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import {
  SoftAuthenticator,
  TestAttestationCa,
  type AttestationIssuer,
  type LeafProfile,
  type SoftAuthenticatorOptions,
} from '@countersign/testing';
import { namesOfAnchors } from '../src/attestation/path.js';
import { verifyRegistration, vouchingBy, type AttestationPolicy, type RegisteredCredential } from '../src/index.js';
import { CREATION, EXPECTED, NOW, ORIGIN } from './fixtures.js';

const AAGUID = '11111111-2222-3333-4444-555555555555';
const ALMOST_NONE = '00000000-0000-0000-0000-000000000001';
const aaguid = new Uint8Array(Buffer.from(AAGUID.replaceAll('-', ''), 'hex'));
const root = new TestAttestationCa('Root');
const stranger = new TestAttestationCa('Stranger');
const EXPIRED = { notAfter: new Date('2026-01-01T00:00:00Z') };

/** What is stored of a credential that `root` vouches for, unless told otherwise. */
function registered(
  options: SoftAuthenticatorOptions,
  policy: Partial<AttestationPolicy> = {},
  above: Uint8Array<ArrayBuffer>[] = [],
): RegisteredCredential {
  const result = verifyRegistration({
    ...EXPECTED,
    response: new SoftAuthenticator({ ca: root, ...options }).register(CREATION, {
      origin: ORIGIN,
      alter: {
        attestationStatement: (statement) => {
          const x5c = statement.get('x5c');
          return Array.isArray(x5c) ? new Map(statement).set('x5c', [...x5c, ...above]) : statement;
        },
      },
    }),
    attestation: { accept: ['none'], anchors: [root.certificate], ...policy },
    now: NOW,
  });
  if (!result.ok) throw new Error(result.code);
  return result.credential;
}

const issuing = (profile: LeafProfile): AttestationIssuer => ({
  certificate: root.certificate,
  issue: (asked = {}) => root.issue({ ...asked, ...profile }),
});

/** Issues by another authority what is for the credential's own key: `apple` or `android-key` of a compound statement. */
const issuingForKeys = (forKeys: TestAttestationCa, others: TestAttestationCa): AttestationIssuer => ({
  certificate: root.certificate,
  issue: (profile = {}) => (profile.keys ? forKeys : others).issue(profile),
});

const silent = issuing({ aaguid: undefined });
const packed = { attestation: 'packed', aaguid: AAGUID } as const;
const compound = { attestation: 'compound', aaguid: AAGUID } as const;
const expiredAndroid = { attestation: 'android-key', androidKey: { leaf: EXPIRED } } as const;

describe('the model that an anchor vouches for', () => {
  test.each<[string, SoftAuthenticatorOptions]>([
    ['packed, by the extension', packed],
    ['packed, where there is no AAGUID', { attestation: 'packed', ca: silent }],
    ['tpm, by the extension', { attestation: 'tpm', aaguid: AAGUID, tpm: { aik: { aaguid } } }],
    ['fido-u2f, which has no AAGUID', { attestation: 'fido-u2f' }],
    ['compound, by one of its statements', compound],
  ])('BCB-1.aaguid · is certified by %s', (_name, options) => {
    expect(registered(options)).toMatchObject({ attestationTrust: 'anchored', modelCertified: true });
  });

  test.each<[string, SoftAuthenticatorOptions]>([
    ['packed without the extension', { ...packed, ca: silent }],
    ['packed without it, of an AAGUID that is almost zero', { ...packed, aaguid: ALMOST_NONE, ca: silent }],
    ['tpm without the extension', { attestation: 'tpm', aaguid: AAGUID }],
    ['apple: its certificates are for keys', { attestation: 'apple' }],
    ['apple, though it carries the extension', { ...packed, attestation: 'apple', ca: issuing({ aaguid }) }],
    ['android-key', { attestation: 'android-key' }],
    ['compound of such', { ...compound, statements: ['tpm', 'apple'] }],
  ])('BCB-1.aaguid · is only claimed by %s', (_name, options) => {
    const credential = registered(options);
    expect(credential.attestationTrust).toBe('anchored');
    expect(credential).not.toHaveProperty('modelCertified');
  });

  test('BCB-1.aaguid · is only claimed by U2F that names one, which the standard’s letter lets pass', () => {
    for (const ca of [root, issuing({ aaguid })])
      expect(registered({ attestation: 'fido-u2f', aaguid: AAGUID, ca }, { strict: false })).not.toHaveProperty(
        'modelCertified',
      );
  });

  test('BCB-1.mds · is certified by an anchor of that very model, whatever the certificate says', () => {
    const ofModel = { anchors: [], modelAnchors: [root.certificate] };
    expect(registered({ ...packed, ca: silent }, ofModel)).toMatchObject({ modelCertified: true });
    expect(registered(expiredAndroid, ofModel)).toMatchObject({ modelCertified: true });
    expect(registered(expiredAndroid, { modelAnchors: [stranger.certificate] })).not.toHaveProperty('modelCertified');
  });

  test.each<[string, SoftAuthenticatorOptions, string]>([
    ['no attestation', { attestation: 'none' }, 'none'],
    ['self attestation', { attestation: 'packed-self', aaguid: AAGUID }, 'self'],
    ['a chain to no anchor', { ...packed, ca: stranger }, 'none'],
    ['a compound statement with one such chain', { ...compound, ca: issuingForKeys(stranger, root) }, 'none'],
  ])('BCB-1.aaguid · is certified by nobody, nor does trust rest on anything, with %s', (_name, options, trust) => {
    const credential = registered(options);
    expect(credential.attestationTrust).toBe(trust);
    expect(credential).not.toHaveProperty('modelCertified');
    expect(credential).not.toHaveProperty('trustPaths');
  });

  test('BCB-1.none · who sends no certificates has none that lead nowhere, where policy refuses those', () => {
    const policy = { untrusted: 'refuse' } as const;
    expect(registered({ attestation: 'none' }, policy).attestationTrust).toBe('none');
    expect(() => registered({ ...packed, ca: stranger }, policy)).toThrow('attestation_untrusted');
  });

  test('§8.9 · of a compound statement only those that an anchor vouches for certify it', () => {
    const ca = issuingForKeys(root, stranger);
    const credential = registered({ ...compound, ca }, { compound: 1 });
    expect(credential).toMatchObject({ attestationTrust: 'anchored', trustPaths: [{ format: 'apple' }] });
    expect(credential).not.toHaveProperty('modelCertified');
  });
});

describe('what trust rests on (WebAuthn L3 §13.4.5)', () => {
  const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('base64url');
  const vouches = (trust: Partial<AttestationPolicy>, { trustPaths = [] }: RegisteredCredential) =>
    trustPaths.map(vouchingBy({ anchors: [], ...trust }));

  test('BCB-1.device · format, anchor, and every certificate by serial number and key, leaf first', () => {
    const middle = new TestAttestationCa('Middle', root, { serial: new Uint8Array([0x7a, 0xbc]) });
    const leaf = middle.issue({ aaguid, serial: new Uint8Array([0x0a, 0xbc]) });
    const ca = { certificate: root.certificate, issue: () => leaf };
    const { trustPaths = [] } = registered({ ...packed, ca }, {}, [middle.certificate]);
    expect(trustPaths).toEqual([
      {
        format: 'packed',
        anchor: namesOfAnchors([root.certificate])[1],
        certificates: [leaf, middle].map(({ certificate }) => traceOf(certificate)),
      },
    ]);
    expect(trustPaths[0]?.certificates.map(({ serial }) => serial)).toEqual(['abc', '7abc']);
  });

  test('§8.9 · of a compound statement one path each', () => {
    expect(registered(compound).trustPaths?.map(({ format }) => format)).toEqual(['packed', 'apple']);
  });

  test('BCB-1.device · an anchor for one format vouches for that one only, and for as long as it is there', () => {
    const only = (format: string) => ({ anchorsByFormat: new Map([[format, [root.certificate]]]) });
    const phone = registered({ attestation: 'apple' }, { anchors: [], ...only('apple') });
    expect(phone.attestationTrust).toBe('anchored');
    expect(registered({ attestation: 'apple' }, { anchors: [], ...only('packed') }).attestationTrust).toBe('none');
    expect(vouches({ anchors: [root.certificate] }, phone)).toEqual([true]);
    expect(vouches({ modelAnchors: [root.certificate] }, phone)).toEqual([true]);
    expect(vouches(only('apple'), phone)).toEqual([true]);
    expect(vouches(only('packed'), phone)).toEqual([false]);
    expect(vouches({ anchors: [stranger.certificate] }, phone)).toEqual([false]);
    expect(vouches({}, phone)).toEqual([false]);
  });

  test('BCB-1.device · one judge answers for several formats', () => {
    const both = registered(compound);
    const anchorsByFormat = new Map([['apple', [root.certificate]]]);
    expect(vouches({ anchorsByFormat }, both)).toEqual([false, true]);
    expect(vouches({ anchors: [root.certificate] }, both)).toEqual([true, true]);
  });

  function traceOf(certificate: Uint8Array) {
    const { serialNumber, publicKey } = new X509Certificate(certificate);
    const serial = serialNumber.toLowerCase().replace(/^0+/, '');
    return { serial, key: sha256(publicKey.export({ format: 'der', type: 'spki' })) };
  }
});
