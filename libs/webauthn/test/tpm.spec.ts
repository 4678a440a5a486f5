import { describe, expect, test } from '@jest/globals';
import { decodeAttestationObject } from '@simplewebauthn/server/helpers';
import {
  AIK_EXTENSIONS,
  der,
  SoftAuthenticator,
  TestAttestationCa,
  TPM_NAME,
  tpmName,
  type AlterRegistration,
  type CborValue,
  type LeafProfile,
  type SoftAuthenticatorOptions,
  type TpmProfile,
} from '@countersign/testing';
import {
  verifyRegistration,
  type AttestationPolicy,
  type RegistrationResponseJSON,
  type RegistrationResult,
} from '../src/index.js';
import { CREATION, EXPECTED, NOW, ORIGIN } from './fixtures.js';

const AAGUID = '08987058-cadc-4b81-b6e1-30de50dcbe96';
/** Octets of the public area of a P-256 key as it is made here, both coordinates in full. */
const FULL_AREA = 2 + 2 + 4 + 34 + 2 + 2 + 2 + 2 + 34 + 34;
const AIK_USE = '2.23.133.8.3';
const aaguid = new Uint8Array(Buffer.from(AAGUID.replaceAll('-', ''), 'hex'));
const ca = new TestAttestationCa();
const [SAN, EKU] = AIK_EXTENSIONS as [(typeof AIK_EXTENSIONS)[0], (typeof AIK_EXTENSIONS)[0]];

const TRUSTING = { accept: ['anchored' as const], anchors: [ca.certificate] };
const usages = (...ids: string[]) => der.sequence(...ids.map(der.oid));
const CRITICAL_POLICY = {
  id: '2.5.29.32',
  critical: true,
  value: der.sequence(der.sequence(der.oid('1.3.6.1.4.1.311.21.31'))),
};
/** A sequence of two sequences of one: the general name in it, twice. */
const TWO_DIRECTORIES = der.sequence(...[1, 2].map(() => tpmName(TPM_NAME).subarray(2)));

/** The general name in it, and the name of a host. */
const AND_A_HOST = der.sequence(tpmName(TPM_NAME).subarray(2), der.tlv(0x82, Buffer.from('tpm.example')));

const decode = ({ response }: RegistrationResponseJSON): Map<string, CborValue> => {
  const bytes = new Uint8Array(Buffer.from(response.attestationObject, 'base64url'));
  return (decodeAttestationObject(bytes) as unknown as Map<string, Map<string, CborValue>>).get('attStmt')!;
};
const statementOf = (options: SoftAuthenticatorOptions = {}): Map<string, CborValue> =>
  decode(new SoftAuthenticator({ attestation: 'tpm', ca, ...options }).register(CREATION, { origin: ORIGIN }));

/** The verdict on a TPM attestation that differs from what it should be. */
function judge(
  tpm: TpmProfile = {},
  { alter = {}, policy = {}, ...options }: Options = {},
  aik: LeafProfile = {},
): RegistrationResult {
  const authenticator = new SoftAuthenticator({
    attestation: 'tpm',
    aaguid: AAGUID,
    ca,
    tpm: { ...tpm, aik: { ...tpm.aik, ...aik } },
    ...options,
  });
  return verifyRegistration({
    ...EXPECTED,
    response: authenticator.register(CREATION, { origin: ORIGIN, alter }),
    attestation: { ...TRUSTING, ...policy },
    now: NOW,
  });
}

interface Options extends SoftAuthenticatorOptions {
  alter?: AlterRegistration;
  policy?: Partial<AttestationPolicy>;
}

const said = (rule: string, clause = 'WebAuthn L3 §8.3') => ({
  ok: false,
  code: 'attestation_invalid',
  clause,
  facts: { rule },
});
const ACCEPTED = { ok: true, credential: { attestationFormat: 'tpm', attestationTrust: 'anchored' } };
const changed = (name: string, value?: CborValue): AlterRegistration => ({
  attestationStatement: (statement) => {
    const copy = new Map(statement);
    if (value === undefined) copy.delete(name);
    else copy.set(name, value);
    return copy;
  },
});
const lastByteChanged = (bytes: Uint8Array<ArrayBuffer>) => bytes.with(-1, (bytes.at(-1) ?? 0) ^ 1);

describe('tpm attestation', () => {
  test.each<[string, TpmProfile, SoftAuthenticatorOptions]>([
    ['P-256, signed with P-256', {}, { algorithm: -7 }],
    ['RSA, signed with P-256', {}, { algorithm: -257 }],
    ['P-256, signed with RSA', { algorithm: -257 }, { algorithm: -7 }],
    ['RSA, signed with RSA', { algorithm: -257 }, { algorithm: -257 }],
    ['P-256, named with SHA-384', { pubArea: { nameAlg: 0x000c } }, {}],
    ['P-256, named with SHA-512', { pubArea: { nameAlg: 0x000d } }, {}],
    ['P-256 for ECDSA only', { pubArea: { scheme: 0x0018 } }, {}],
    ['RSA for RSASSA only', { pubArea: { scheme: 0x0014 } }, { algorithm: -257 }],
    ['RSA, exponent written out', { pubArea: { exponent: 65537 } }, { algorithm: -257 }],
    ['P-256 without policy of use', { pubArea: { authPolicy: new Uint8Array() } }, {}],
  ])('BCB-1.tpm · a key that a TPM certifies is anchored: %s', (_name, tpm, options) => {
    expect(judge(tpm, options)).toMatchObject(ACCEPTED);
  });

  test('BCB-1.tpm · without the anchor the chain leads nowhere', () => {
    expect(judge({}, { policy: { anchors: [] } })).toMatchObject({ ok: false, code: 'attestation_untrusted' });
  });

  test.each<[string, AlterRegistration, string]>([
    ['of version 1.2', changed('ver', '1.2'), 'ver'],
    ['whose signature is another', { signature: lastByteChanged }, 'signature'],
    ['whose algorithm does not go with the key', changed('alg', -257), 'alg does not go with the certificate’s key'],
    ['whose algorithm nobody knows', changed('alg', -37), 'alg does not go with the certificate’s key'],
    ['without certificates', changed('x5c', []), 'x5c'],
    ...['ver', 'alg', 'sig', 'x5c', 'certInfo', 'pubArea'].map<[string, AlterRegistration, string]>((name) => [
      `without ${name}`,
      changed(name),
      'a member is missing, unknown or of another type',
    ]),
    ['with an ECDAA key', changed('ecdaaKeyId', new Uint8Array(1)), 'a member is missing, unknown or of another type'],
    [
      'with another member in place of x5c',
      { attestationStatement: (statement) => new Map([...statement].map(([k, v]) => [k === 'x5c' ? 'x5d' : k, v])) },
      'a member is missing, unknown or of another type',
    ],
    ...(['alg', 'sig', 'certInfo', 'pubArea'] as const).map<[string, AlterRegistration, string]>((name) => [
      `whose ${name} is text`,
      changed(name, 'text'),
      'a member is missing, unknown or of another type',
    ]),
  ])('BCB-1.tpm · a statement %s is refused', (_name, alter, rule) => {
    expect(judge({}, { alter })).toMatchObject(said(rule));
  });
});

describe('the public area (TPM 2.0 Part 2, 12.2.4)', () => {
  const other = new Uint8Array(32).fill(7);

  test.each<[string, TpmProfile['pubArea'], string]>([
    ['of another point', { unique: [other, other] }, 'is not the credential’s key'],
    ['of another curve', { curve: 0x0004 }, 'is not the credential’s key'],
    ['of an unknown curve', { curve: 0x0010 }, 'curve'],
    ['of a keyed hash', { type: 0x0008 }, 'type'],
    ['named with SHA-1', { nameAlg: 0x0004 }, 'nameAlg'],
    ['named with an unknown hash', { nameAlg: 0x0012 }, 'nameAlg'],
    ['with a symmetric algorithm', { symmetric: 0x0006 }, 'symmetric'],
    ['with the scheme of RSA', { scheme: 0x0014 }, 'scheme'],
    ['with a key derivation', { kdf: 0x0020 }, 'kdf'],
    ['with a long x', { unique: [new Uint8Array(33), other] }, 'coordinate'],
    ['with a long y', { unique: [other, new Uint8Array(33)] }, 'coordinate'],
    ['that ends early', { unique: [other] }, 'ends early'],
    ['with bytes left over', { after: new Uint8Array(1) }, 'bytes left over'],
  ])('BCB-1.tpm · an ECC area %s is refused', (_name, pubArea, rule) => {
    expect(judge({ pubArea })).toMatchObject(said(`pubArea ${rule}`));
  });

  test.each<[string, TpmProfile['pubArea'], string]>([
    ['of another modulus', { unique: [new Uint8Array(256).fill(7)] }, 'is not the credential’s key'],
    ['of another exponent', { exponent: 3 }, 'is not the credential’s key'],
    ['whose size is another', { keyBits: 1024 }, 'keyBits'],
    ['with a symmetric algorithm', { symmetric: 0x0006 }, 'symmetric'],
    ['with the scheme of ECC', { scheme: 0x0018 }, 'scheme'],
    ['for PSS', { scheme: 0x0016 }, 'scheme'],
    ['with bytes left over', { after: new Uint8Array(1) }, 'bytes left over'],
  ])('BCB-1.tpm · an RSA area %s is refused', (_name, pubArea, rule) => {
    expect(judge({ pubArea }, { algorithm: -257 })).toMatchObject(said(`pubArea ${rule}`));
  });

  test.each([-7, -257] as const)('BCB-1.tpm · an area of the other kind of key is refused (%d)', (algorithm) => {
    const other = statementOf({ algorithm: algorithm === -7 ? -257 : -7 });
    const alter = changed('pubArea', other.get('pubArea'));
    expect(judge({}, { algorithm, alter })).toMatchObject(said('pubArea is not the credential’s key'));
  });

  test.each([
    ['x', FULL_AREA - 35],
    ['y', FULL_AREA - 1],
  ])('BCB-1.tpm · one octet of %s makes it another key', (_name, at) => {
    const attestationStatement = (statement: Map<string, CborValue>) => {
      const area = new Uint8Array(statement.get('pubArea') as Uint8Array);
      return new Map(statement).set('pubArea', area.with(at, (area[at] ?? 0) ^ 1));
    };
    expect(judge({}, { alter: { attestationStatement } })).toMatchObject(said('pubArea is not the credential’s key'));
  });

  test('BCB-1.tpm · an Ed25519 credential is no key of a TPM', () => {
    const pubArea = { curve: 0x0003, unique: [other, other] };
    expect(judge({ pubArea }, { algorithm: -8 })).toMatchObject(said('pubArea is not the credential’s key'));
  });

  test('BCB-1.tpm · coordinates without their leading zeros are the same numbers: TPMs differ in padding', () => {
    const tpm = { pubArea: { stripped: true } };
    const authenticator = new SoftAuthenticator({ attestation: 'tpm', ca, tpm });
    const register = () => authenticator.register(CREATION, { origin: ORIGIN });
    const isShort = (response: RegistrationResponseJSON) =>
      (decode(response).get('pubArea') as Uint8Array).length < FULL_AREA;
    let response = register();
    while (!isShort(response)) response = register();
    expect(verifyRegistration({ ...EXPECTED, response, attestation: TRUSTING, now: NOW })).toMatchObject(ACCEPTED);
  });
});

describe('what the TPM certifies (TPM 2.0 Part 2, 10.12.12)', () => {
  test.each<[string, TpmProfile['certInfo'], string]>([
    ['not made by a TPM', { magic: 0xff544348 }, 'magic'],
    ['that is a quote', { type: 0x8018 }, 'type'],
    ['of another ceremony', { extraData: new Uint8Array(32) }, 'extraData'],
    ['without the ceremony', { extraData: new Uint8Array() }, 'extraData'],
    ['of another key', { name: Buffer.concat([Buffer.from([0, 0x0b]), new Uint8Array(32)]) }, 'name'],
    ['of no key', { name: new Uint8Array() }, 'name'],
    ['with bytes left over', { after: new Uint8Array(1) }, 'bytes left over'],
  ])('BCB-1.tpm · a statement of the TPM %s is refused', (_name, certInfo, rule) => {
    expect(judge({ certInfo })).toMatchObject(said(`certInfo ${rule}`));
  });

  test('BCB-1.tpm · every shorter certInfo is refused as ending early', () => {
    const certInfo = statementOf().get('certInfo') as Uint8Array;
    for (let length = 6; length < certInfo.length; length += 1)
      expect(judge({}, { alter: changed('certInfo', certInfo.subarray(0, length)) })).toMatchObject(
        said('certInfo ends early'),
      );
  });

  test('BCB-1.tpm · extraData is hashed as the statement’s algorithm says, not always with SHA-256', () => {
    const policy = { sha1Statements: true };
    expect(judge({ algorithm: -65535 }, { policy })).toMatchObject(ACCEPTED);
    const certInfo = { extraData: new Uint8Array(32) };
    expect(judge({ algorithm: -65535, certInfo }, { policy })).toMatchObject(said('certInfo extraData'));
  });
});

describe('SHA-1 (RS1, -65535)', () => {
  test('BCB-1.tpm · a statement signed with SHA-1 is refused unless the policy takes it', () => {
    expect(judge({ algorithm: -65535 })).toMatchObject(said('SHA-1 is not accepted'));
    expect(judge({ algorithm: -65535 }, { policy: { sha1Statements: false } })).toMatchObject({ ok: false });
    expect(judge({ algorithm: -65535 }, { policy: { sha1Statements: true } })).toMatchObject(ACCEPTED);
  });

  test('BCB-1.tpm · a credential that signs with SHA-1 is refused whatever the policy', () => {
    // -257 as CBOR is 39 01 00; -65535 is 39 ff fe.
    const coseKey = (key: Uint8Array<ArrayBuffer>) =>
      new Uint8Array(Buffer.from(Buffer.from(key).toString('hex').replace('390100', '39fffe'), 'hex'));
    const response = new SoftAuthenticator({ attestation: 'tpm', algorithm: -257, ca }).register(CREATION, {
      origin: ORIGIN,
      alter: { coseKey },
    });
    const input = { ...EXPECTED, response, attestation: { ...TRUSTING, sha1Statements: true }, now: NOW };
    expect(verifyRegistration(input)).toMatchObject({ code: 'algorithm_not_allowed' });
    expect(verifyRegistration({ ...input, algorithms: [-65535] })).toMatchObject({ code: 'public_key_malformed' });
  });
});

describe('the attestation key’s certificate (§8.3.1)', () => {
  const CLAUSE = 'WebAuthn L3 §8.3.1';
  const named = (parts: typeof TPM_NAME, together = false, critical = true): LeafProfile => ({
    extensions: [{ ...SAN, critical, value: tpmName(parts, together) }, EKU],
  });
  const [maker, model, version] = TPM_NAME as [[string, string], [string, string], [string, string]];
  const made = (id: string): typeof TPM_NAME => [[maker[0], id], model, version];

  test.each<[string, LeafProfile]>([
    ['with all three names in one, out of DER’s order, as chips are known to have', named(TPM_NAME, true)],
    ['with its maker in small letters', named(made('id:49424d00'))],
    ['with usages beside its own', { extensions: [SAN, { ...EKU, value: usages('1.3.6.1.4.1.311.21.36', AIK_USE) }] }],
    [
      'that writes out what is not critical, which DER forbids and makers do',
      { extensions: [SAN, { ...EKU, critical: 'written' }] },
    ],
    ['whose usage is critical', { extensions: [SAN, { ...EKU, critical: true }] }],
    ['with a critical policy, as Microsoft’s have', { extensions: [SAN, EKU, CRITICAL_POLICY] }],
    ['with a name of another kind beside the directory name', { extensions: [{ ...SAN, value: AND_A_HOST }, EKU] }],
    ['that names the model', { aaguid }],
  ])('BCB-1.tpm · one %s is taken', (_name, aik) => {
    expect(judge({}, {}, aik)).toMatchObject(ACCEPTED);
  });

  test.each<[string, LeafProfile, string]>([
    ['with a subject', { subject: { CN: 'TPM' } }, 'subject not empty'],
    ['without its names', { extensions: [EKU] }, 'subject alternative name not critical'],
    ['whose names may be passed over', named(TPM_NAME, false, false), 'subject alternative name not critical'],
    ['whose names cannot be read', { extensions: [{ ...SAN, value: Buffer.from('3003') }, EKU] }, 'TPM manufacturer'],
    ['without maker', named([model, version]), 'TPM manufacturer'],
    ['with two makers', named([maker, maker, model, version]), 'TPM manufacturer'],
    ['of an unknown maker', named(made('id:F1F1F1F1')), 'TPM manufacturer'],
    ['whose maker is a word', named(made('INTC')), 'TPM manufacturer'],
    ['whose maker is too long', named(made('id:494E54430')), 'TPM manufacturer'],
    ['whose maker begins otherwise', named(made(' id:494E5443')), 'TPM manufacturer'],
    ['whose names stand twice', { extensions: [{ ...SAN, value: TWO_DIRECTORIES }, EKU] }, 'TPM manufacturer'],
    ['without model', named([maker, version]), 'TPM model'],
    ['with an empty model', named([maker, [model[0], ''], version]), 'TPM model'],
    ['without version', named([maker, model]), 'TPM version'],
    ['without usage', { extensions: [SAN] }, 'extended key usage'],
    ['with another usage', { extensions: [SAN, { ...EKU, value: usages('2.23.133.8.1') }] }, 'extended key usage'],
    ['that is an authority', { ca: true }, 'basic constraints'],
    ['that does not say whether it is one', { constraints: false }, 'basic constraints'],
  ])('BCB-1.tpm · one %s is refused', (_name, aik, rule) => {
    expect(judge({}, {}, aik)).toMatchObject(said(rule, CLAUSE));
  });

  test.each(['id:FFFFF1D0', 'id:00000000'])(
    'BCB-1.tpm · one of a maker that only tests know is taken by the letter, and refused by strict rules (%s)',
    (id) => {
      expect(judge({}, {}, named(made(id)))).toMatchObject(said('TPM manufacturer', CLAUSE));
      expect(judge({}, { policy: { strict: false } }, named(made(id)))).toMatchObject(ACCEPTED);
      const unknown = named(made('id:F1F1F1F1'));
      expect(judge({}, { policy: { strict: false } }, unknown)).toMatchObject(said('TPM manufacturer', CLAUSE));
    },
  );

  test('BCB-1.tpm · one of X.509 version 1 is refused', () => {
    expect(judge({}, {}, { version: 1 })).toMatchObject(said('version', CLAUSE));
  });

  test('BCB-1.tpm · one that names another model is refused', () => {
    expect(judge({}, {}, { aaguid: new Uint8Array(16) })).toMatchObject(said('aaguid extension'));
  });
});

describe('where the key lives', () => {
  test.each<[string, number, string[]]>([
    ['made in this TPM and bound to it', 0x00060472, ['hardware']],
    ['that may leave it', 0x00060470, ['software']],
    ['brought in from outside', 0x00060452, ['software']],
  ])('BCB-1.tpm · a key %s', (_name, attributes, keyProtection) => {
    expect(judge({ pubArea: { attributes } })).toMatchObject({ credential: { keyProtection } });
  });

  test('BCB-1.tpm · without an anchor nobody vouches for it', () => {
    const result = judge({}, { policy: { accept: ['none'], anchors: [] } });
    expect(result).toMatchObject({ ok: true, credential: { attestationTrust: 'none' } });
    expect(result.ok && result.credential).not.toHaveProperty('keyProtection');
  });
});
