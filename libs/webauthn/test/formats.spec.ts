import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { sha256 } from '@countersign/kernel';
import {
  TestAttestationCa,
  encodeCbor,
  type AlterRegistration,
  type AttestationIssuer,
  type CborValue,
  type LeafProfile,
  type SoftAuthenticatorOptions,
} from '@countersign/testing';
import { verifyRegistration, type AttestationPolicy, type RegistrationInput } from '../src/index.js';
import { registration } from './fixtures.js';

const AAGUID = '11111111-2222-3333-4444-555555555555';

const judge = (input: RegistrationInput, attestation: Partial<AttestationPolicy> = {}): string => {
  const result = verifyRegistration({ ...input, attestation: { ...input.attestation, ...attestation } });
  return result.ok ? result.credential.attestationTrust : result.code;
};

/** The rule a refusal names, or the trust. */
const ruleOf = (input: RegistrationInput, attestation: Partial<AttestationPolicy> = {}): unknown => {
  const result = verifyRegistration({ ...input, attestation: { ...input.attestation, ...attestation } });
  return result.ok ? result.credential.attestationTrust : (result.facts['rule'] ?? result.code);
};

const changed = (change: (statement: Map<string, CborValue>) => unknown): AlterRegistration => ({
  attestationStatement: (statement) => {
    const copy = new Map(statement);
    change(copy);
    return copy;
  },
});

/** An authority that says something else in its leaves, whatever the authenticator asked for. */
function issuing(profile: LeafProfile): AttestationIssuer {
  const ca = new TestAttestationCa();
  return { certificate: ca.certificate, issue: (asked) => ca.issue({ ...asked, ...profile }) };
}

const flip = (bytes: Uint8Array<ArrayBuffer>) => bytes.map((byte, index) => (index === 20 ? byte ^ 1 : byte));
const p384 = () => generateKeyPairSync('ec', { namedCurve: 'P-384' });

describe('fido-u2f (WebAuthn L3 §8.6)', () => {
  const U2F: SoftAuthenticatorOptions = { attestation: 'fido-u2f', algorithm: -7 };

  test('BCB-1.fido-u2f · a U2F key of a trusted maker is anchored', () => {
    expect(judge(registration(U2F))).toBe('anchored');
    expect(judge(registration(U2F), { anchors: [], accept: ['anchored'] })).toBe('attestation_untrusted');
  });

  test('BCB-1.fido-u2f · what is signed: RP id, client data, credential id and point', () => {
    expect(ruleOf(registration(U2F, { signature: flip }))).toBe('signature');
    // The counter, the flags and the model are no part of it, by the protocol of 2014.
    expect(judge(registration(U2F, { counter: 7 }))).toBe('anchored');
  });

  test('BCB-1.fido-u2f · a model that is named is refused, except by the standard’s letter', () => {
    for (const aaguid of [AAGUID, '00000000-0000-0000-0000-000000000001']) {
      const named = registration({ ...U2F, aaguid });
      expect(ruleOf(named)).toBe('aaguid not zero');
      expect(judge(named, { strict: false })).toBe('anchored');
    }
  });

  test.each<[string, AlterRegistration]>([
    ['another member', changed((statement) => statement.set('alg', -7))],
    ['no signature', changed((statement) => statement.delete('sig'))],
    ['a signature that is text', changed((statement) => statement.set('sig', 'text'))],
    ['no certificates', changed((statement) => statement.delete('x5c'))],
    ['an empty chain', changed((statement) => statement.set('x5c', []))],
    [
      'a second certificate',
      changed((statement) =>
        statement.set('x5c', [...(statement.get('x5c') as CborValue[]), new TestAttestationCa().certificate]),
      ),
    ],
  ])('BCB-1.fido-u2f · %s is refused', (_name, alter) => {
    expect(judge(registration(U2F, alter))).toBe('attestation_invalid');
  });

  test('BCB-1.fido-u2f · the second certificate is refused even where it issued the first', () => {
    const ca = new TestAttestationCa();
    const above = changed((statement) =>
      statement.set('x5c', [...(statement.get('x5c') as CborValue[]), ca.certificate]),
    );
    expect(ruleOf(registration({ ...U2F, ca }, above))).toBe('not exactly one certificate');
  });

  test('BCB-1.fido-u2f · P-256 throughout: the certificate’s key and the credential’s', () => {
    expect(ruleOf(registration({ ...U2F, ca: issuing({ keys: p384() }) }))).toBe('certificate key not on P-256');
    expect(ruleOf(registration({ ...U2F, algorithm: -8 }))).toBe('credential not of ES256');
  });

  test('BCB-1.fido-u2f · a certificate whose key may not sign is refused', () => {
    expect(ruleOf(registration({ ...U2F, ca: issuing({ keyUsage: 0x08 }) }))).toBe('certificate key not on P-256');
    expect(judge(registration({ ...U2F, ca: issuing({ keyUsage: 0x80 }) }))).toBe('anchored');
    expect(judge(registration({ ...U2F, ca: issuing({ keyUsage: 0x40 }) }))).toBe('anchored');
  });
});

describe('apple (WebAuthn L3 §8.8)', () => {
  const APPLE: SoftAuthenticatorOptions = { attestation: 'apple', aaguid: AAGUID };
  const nonceOf = (value: Uint8Array): LeafProfile => ({ extensions: [{ id: '1.2.840.113635.100.8.2', value }] });

  test.each([-7, -8, -257] as const)('BCB-1.apple · a certificate with the nonce, for the key (%d)', (algorithm) => {
    expect(judge(registration({ ...APPLE, algorithm }))).toBe('anchored');
    expect(judge(registration({ ...APPLE, algorithm }), { anchors: [] })).toBe('none');
  });

  test('BCB-1.apple · the nonce is that of this ceremony, in exactly its form', () => {
    expect(ruleOf(registration(APPLE, { signature: flip }))).toBe('nonce');
    expect(ruleOf(registration({ ...APPLE, ca: issuing({ extensions: [] }) }))).toBe('nonce');
    expect(ruleOf(registration({ ...APPLE, ca: issuing(nonceOf(sha256('signed'))) }))).toBe('nonce');
    expect(ruleOf(registration({ ...APPLE, ca: issuing(nonceOf(new Uint8Array())) }))).toBe('nonce');
  });

  test('BCB-1.apple · the nonce’s extension is understood, so it may be critical', () => {
    const ca = new TestAttestationCa();
    const critical = ({ extensions = [], ...asked }: LeafProfile = {}) =>
      ca.issue({ ...asked, extensions: extensions.map((extension) => ({ ...extension, critical: true })) });
    const apple = { ...APPLE, ca: { certificate: ca.certificate, issue: critical } };
    expect(judge(registration(apple))).toBe('anchored');
  });

  test('BCB-1.apple · the certificate is for the credential’s own key', () => {
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    expect(ruleOf(registration({ ...APPLE, ca: issuing({ keys: other }) }))).toBe(
      'certificate is not for the credential’s key',
    );
  });

  test('BCB-1.apple · a member beside x5c is refused; the algorithm that first devices wrote must be the key’s', () => {
    expect(
      judge(
        registration(
          APPLE,
          changed((statement) => statement.set('alg', -7)),
        ),
      ),
    ).toBe('anchored');
    for (const change of [
      changed((statement) => statement.set('alg', -257)),
      changed((statement) => statement.set('sig', new Uint8Array(8))),
      changed((statement) => statement.set('alg', -7).set('sig', new Uint8Array(8))),
      changed((statement) => statement.delete('x5c')),
    ])
      expect(judge(registration(APPLE, change))).toBe('attestation_invalid');
  });

  test('BCB-1.apple · a leaf of days is judged at the time of the ceremony, and at no other', () => {
    const days = { notBefore: new Date('2026-11-19T00:00:00Z'), notAfter: new Date('2026-11-22T00:00:00Z') };
    const input = registration({ ...APPLE, ca: issuing(days) });
    const only = { accept: ['anchored' as const] };
    expect(judge(input, only)).toBe('anchored');
    expect(judge({ ...input, now: new Date('2027-11-20T12:00:00Z') }, only)).toBe('attestation_untrusted');
    expect(judge({ ...input, now: new Date('2026-11-18T12:00:00Z') }, only)).toBe('attestation_untrusted');
  });
});

describe('compound (WebAuthn L3 §8.9)', () => {
  const COMPOUND: SoftAuthenticatorOptions = { attestation: 'compound', aaguid: AAGUID };
  const part = (fmt: CborValue, attStmt: CborValue): CborValue =>
    new Map<string, CborValue>([
      ['fmt', fmt],
      ['attStmt', attStmt],
    ]);
  const none = part('none', new Map());
  const statements = (change: (all: CborValue[]) => CborValue[]): AlterRegistration => ({ statements: change });

  test('BCB-1.packed · several statements are good when each of them is', () => {
    expect(judge(registration(COMPOUND))).toBe('anchored');
    expect(verifyRegistration(registration(COMPOUND))).toMatchObject({ credential: { attestationFormat: 'compound' } });
    expect(judge(registration(COMPOUND, { signature: flip }))).toBe('attestation_invalid');
  });

  test('BCB-1.packed · trust is that of the weakest', () => {
    const mixed = registration({ ...COMPOUND, statements: ['packed-self', 'apple'] });
    expect(judge(mixed)).toBe('self');
    expect(judge(mixed, { accept: ['anchored'] })).toBe('attestation_untrusted');
    expect(judge(registration({ ...COMPOUND, statements: ['none', 'apple'] }))).toBe('none');
  });

  test('BCB-1.packed · policy may ask for as many as it likes: the weakest of the best so many counts', () => {
    const mixed = registration({ ...COMPOUND, statements: ['none', 'packed-self', 'apple'] });
    expect(judge(mixed, { compound: 1 })).toBe('anchored');
    expect(judge(mixed, { compound: 2 })).toBe('self');
    expect(judge(mixed, { compound: 3 })).toBe('none');
    expect(judge(mixed, { compound: 4 })).toBe('attestation_invalid');
    expect(judge(mixed, { compound: 'all' })).toBe('none');
  });

  test('BCB-1.packed · one attestation key signs no two statements, whoever vouches for it', () => {
    const ca = new TestAttestationCa();
    const leaf = ca.issue();
    const both = { attestation: 'compound', algorithm: -7, statements: ['packed', 'fido-u2f'] } as const;
    const shared = registration({ ...both, ca: { certificate: ca.certificate, issue: () => leaf } });
    expect(ruleOf(shared)).toBe('one attestation key for two statements');
    expect(judge(shared, { compound: 1 })).toBe('attestation_invalid');
    expect(judge(registration({ ...both, ca }))).toBe('anchored');
  });

  test('BCB-1.packed · a statement that fails counts as none that was sent', () => {
    const broken = statements(([first = null, ...rest]) => [first, ...rest, part('fido-u2f', new Map())]);
    expect(judge(registration(COMPOUND, broken))).toBe('attestation_invalid');
    expect(judge(registration(COMPOUND, broken), { compound: 2 })).toBe('anchored');
    expect(judge(registration(COMPOUND, broken), { compound: 3 })).toBe('attestation_invalid');
  });

  test('BCB-1.packed · a format nobody verifies is refused by its own name, unless enough others are good', () => {
    const unknown = statements((all) => [...all, part('android-safetynet', new Map())]);
    expect(judge(registration(COMPOUND, unknown))).toBe('attestation_safetynet_refused');
    expect(judge(registration(COMPOUND, unknown), { compound: 2 })).toBe('anchored');
    const other = statements((all) => [...all, part('toString', new Map())]);
    expect(verifyRegistration(registration(COMPOUND, other))).toMatchObject({
      code: 'attestation_format_unsupported',
      facts: { fmt: 'toString' },
    });
  });

  test.each<[string, (all: CborValue[]) => CborValue[]]>([
    ['no statement', () => []],
    ['one statement', ([first = null]) => [first]],
    ['the same format twice', ([first = null]) => [first, first]],
    ['a compound statement inside', ([first = null]) => [first, part('compound', [none, none])]],
    ['a map of that format', ([first = null]) => [first, part('compound', new Map())]],
    ['something that is no map', ([first = null]) => [first, 7]],
    [
      'a statement without its format',
      ([first = null]) => [first, new Map([['attStmt', new Map<string, CborValue>()]])],
    ],
    ['a format that is no text', ([first = null]) => [first, part(7, new Map())]],
    ['a statement that is no map', ([first = null]) => [first, part('none', [])]],
    [
      'a member beside the two',
      ([first = null]) => [first, new Map<string, CborValue>([...(none as Map<string, CborValue>), ['more', 1]])],
    ],
  ])('BCB-1.packed · %s is refused, however few are asked for', (_name, change) => {
    expect(judge(registration(COMPOUND, statements(change)), { compound: 1 })).toBe('attestation_invalid');
  });

  test('BCB-1.packed · an array of statements is of no other format, and compound of no map', () => {
    const object = (fmt: string, attStmt: CborValue, authData: CborValue): Uint8Array<ArrayBuffer> =>
      encodeCbor(new Map(Object.entries({ fmt, attStmt, authData })));
    const as = (fmt: string, attStmt: CborValue): AlterRegistration => ({
      attestationObject: () => object(fmt, attStmt, new Uint8Array(37)),
    });
    expect(judge(registration({}, as('packed', [none, none])))).toBe('attestation_malformed');
    expect(judge(registration({}, as('compound', new Map())))).toBe('attestation_malformed');
  });
});

describe('enterprise attestation (WebAuthn L3 §8.2.2)', () => {
  const SERIAL = '1.3.6.1.4.1.45724.1.1.2';
  const octets = (...content: number[]) => new Uint8Array([0x04, content.length, ...content]);
  const told = (value: Uint8Array, critical = false) =>
    registration({
      attestation: 'packed',
      aaguid: AAGUID,
      ca: issuing({ extensions: [{ id: SERIAL, critical, value }] }),
    });
  const serialOf = (input: RegistrationInput, attestation: Partial<AttestationPolicy>) => {
    const result = verifyRegistration({ ...input, attestation: { ...input.attestation, ...attestation } });
    return result.ok ? result.credential.serialNumber : result.code;
  };

  test('BCB-1.packed · a serial number of a model that policy lists is told, where an anchor vouches for it', () => {
    const input = told(octets(0, 0xc0, 0xff));
    expect(serialOf(input, { enterprise: [AAGUID] })).toBe('00c0ff');
    expect(serialOf(input, { enterprise: [AAGUID], anchors: [] })).toBeUndefined();
  });

  test('BCB-1.packed · of any other model it is refused; by the standard’s letter it is passed over', () => {
    const input = told(octets(1));
    expect(serialOf(input, {})).toBe('attestation_serial_refused');
    expect(serialOf(input, { enterprise: ['11111111-2222-3333-4444-000000000000'] })).toBe(
      'attestation_serial_refused',
    );
    expect(serialOf(input, { strict: false })).toBeUndefined();
    expect(judge(input, { strict: false })).toBe('anchored');
  });

  test.each<[string, RegistrationInput]>([
    ['critical', told(octets(1), true)],
    ['empty', told(octets())],
    ['of another type', told(new Uint8Array([0x02, 1, 1]))],
    ['shorter than it says', told(new Uint8Array([0x04, 2, 1]))],
    ['longer than it says', told(new Uint8Array([0x04, 1, 1, 1]))],
    ['too long', told(octets(...Array.from({ length: 65 }, () => 1)))],
  ])('BCB-1.packed · a serial number that is %s is refused', (_name, input) => {
    expect(ruleOf(input, { enterprise: [AAGUID] })).toBe('serial number extension');
  });

  test('BCB-1.packed · a serial number of 64 bytes is the longest', () => {
    expect(serialOf(told(octets(...Array.from({ length: 64 }, () => 1))), { enterprise: [AAGUID] })).toHaveLength(128);
  });
});

describe('formats that are refused', () => {
  test('BCB-1.none · SafetyNet has a code of its own', () => {
    const object: AlterRegistration = {
      attestationObject: (bytes) => {
        const rest = bytes.subarray(1 + 4 + 5);
        return new Uint8Array(Buffer.concat([Buffer.from('a363666d74', 'hex'), encodeCbor('android-safetynet'), rest]));
      },
    };
    expect(judge(registration({}, object))).toBe('attestation_safetynet_refused');
  });
});
