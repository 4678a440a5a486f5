import { describe, expect, test } from '@jest/globals';
import {
  SoftAuthenticator,
  TestAttestationCa,
  type LeafProfile,
  type SoftAuthenticatorOptions,
} from '@countersign/testing';
import { readCertificate } from '../src/attestation/certificate.js';
import { readChain } from '../src/attestation/x5c.js';
import { verifyRegistration, type AttestationPolicy } from '../src/index.js';
import { LIMITS } from '../src/limits.js';
import { Malformed } from '../src/malformed.js';
import { CREATION, EXPECTED, NOW, ORIGIN } from './fixtures.js';

const ca = new TestAttestationCa();
const OTHER_NAME = { C: 'CH', O: 'Another', CN: 'Another' };
const SUBJECT = { C: 'CH', O: 'A', OU: 'Authenticator Attestation', CN: 'B' };

/** The result of a registration whose leaves say `leaf`. */
function judged(options: SoftAuthenticatorOptions, policy: Partial<AttestationPolicy>, leaf: LeafProfile = {}) {
  const issuer = {
    certificate: ca.certificate,
    issue: (profile: LeafProfile = {}) => ca.issue({ ...profile, ...leaf }),
  };
  const authenticator = new SoftAuthenticator({ attestation: 'packed', ca: issuer, ...options });
  return verifyRegistration({
    ...EXPECTED,
    response: authenticator.register(CREATION, { origin: ORIGIN }),
    attestation: { accept: ['anchored'], anchors: [ca.certificate], ...policy },
    now: NOW,
  });
}

/** The rule that was broken, or what came instead. */
function ruleOf(read: () => unknown): unknown {
  try {
    read();
    return 'none';
  } catch (error) {
    return error instanceof Malformed ? error.facts?.['rule'] : error;
  }
}

const padding = (bytes: number): LeafProfile => ({ extensions: [{ id: '1.2.3.4', value: new Uint8Array(bytes) }] });

/** A certificate of so many bytes. Signatures differ in length by a byte or two, so a few are made. */
function certificateOf(bytes: number): Uint8Array {
  for (let pad = bytes - 600; ;) {
    const { certificate } = ca.issue(padding(pad));
    if (certificate.length === bytes) return certificate;
    pad += bytes - certificate.length;
  }
}

describe('chains of certificates', () => {
  test('RFC 5280 §6.1.3 (a)(4) · a key under another name is no issuer', () => {
    expect(judged({}, {}).ok).toBe(true);
    expect(judged({}, { anchors: [ca.renewed({ subject: OTHER_NAME })] })).toMatchObject({
      code: 'attestation_untrusted',
      facts: { trust: 'none' },
    });
    expect(judged({}, { anchors: [ca.renewed({})] }).ok).toBe(true);
  });

  test('§8.2.1 · the rule that a certificate breaks is named', () => {
    expect(judged({}, {}, { version: 1 })).toMatchObject({ facts: { rule: 'version' } });
    expect(judged({}, {}, { ca: true })).toMatchObject({ facts: { rule: 'basic constraints' } });
    expect(judged({}, {}, { subject: { ...SUBJECT, C: 'ch' } })).toMatchObject({ facts: { rule: 'subject C' } });
  });

  test.each([1, 2] as const)('§8.2.1 · version %d is refused though every extension is there and read', (version) => {
    const leaf: LeafProfile = { version, misplaced: true };
    const read = readCertificate(ca.issue(leaf).certificate);
    expect(read).toMatchObject({ version, constraints: { cA: false } });
    expect(judged({}, {}, leaf)).toMatchObject({ code: 'attestation_invalid', facts: { rule: 'version' } });
    expect(judged({}, {}, { ...leaf, version: 3 }).ok).toBe(true);
  });

  test('a certificate of more than 8,192 bytes is not read', () => {
    for (const bytes of [6000, 8192]) expect(ruleOf(() => readCertificate(certificateOf(bytes)))).toBe('none');
    for (const bytes of [8193, 9000])
      expect(ruleOf(() => readCertificate(certificateOf(bytes)))).toBe('certificate is not bytes of a sane length');
    expect(ruleOf(() => readCertificate('text'))).toBe('certificate is not bytes of a sane length');
  });

  test('a chain is an array of one to eight certificates', () => {
    const { certificate } = ca.issue();
    const read = (x5c: unknown) => ruleOf(() => readChain(x5c, 'WebAuthn L3 §8.2'));
    expect(read(new Array(LIMITS.certificates).fill(certificate))).toBe('none');
    expect(read(new Array(LIMITS.certificates + 1).fill(certificate))).toBe('x5c');
    for (const nothing of [[], null, 7, certificate, undefined]) expect(read(nothing)).not.toBe('none');
    expect(read([])).toBe('x5c');
    expect(read({ length: 1, 0: certificate })).toBe('x5c');
  });

  test('§8.9 · one stray statement of several refuses all where policy says so', () => {
    const stranger = new TestAttestationCa('Stranger');
    let issued = 0;
    const mixed = {
      certificate: ca.certificate,
      issue: (profile: LeafProfile = {}) => ((issued += 1) % 2 === 1 ? ca : stranger).issue(profile),
    };
    const policy = (untrusted: 'none' | 'refuse') => ({ compound: 1, untrusted });
    expect(judged({ attestation: 'compound', ca: mixed }, policy('none'))).toMatchObject({ ok: true });
    expect(judged({ attestation: 'compound', ca: mixed }, policy('refuse'))).toMatchObject({
      code: 'attestation_untrusted',
    });
    expect(judged({ attestation: 'compound' }, policy('refuse'))).toMatchObject({ ok: true });
  });
});
