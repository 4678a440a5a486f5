import { describe, expect, test } from '@jest/globals';
import { encodeCbor, FLAGS, type AlterRegistration, type CborValue } from '@countersign/testing';
import { verifyRegistration, type RegistrationInput } from '../src/index.js';
import { CHALLENGE, ORIGIN, registration, verdictOf } from './fixtures.js';

const clearing = (bit: number) => (flags: number) => flags & ~bit;

const judge = (alter: AlterRegistration = {}, input: Partial<RegistrationInput> = {}): string =>
  verdictOf(verifyRegistration({ ...registration({}, alter), ...input }));

const said = (member: string, value: unknown): AlterRegistration => ({
  clientData: (data) => ({ ...data, [member]: value }),
});

/** A COSE key in place of the authenticator's own. */
const key = (...entries: [number, CborValue][]): AlterRegistration => ({ coseKey: () => encodeCbor(new Map(entries)) });

/** The credential id replaced by one of another length, in the attested data and in the envelope alike. */
const withIdOf = (length: number): AlterRegistration => {
  const credentialId = Buffer.alloc(length, 7);
  const id = credentialId.toString('base64url');
  return {
    authData: (bytes) => {
      const size = Buffer.alloc(2);
      size.writeUInt16BE(length);
      return new Uint8Array(Buffer.concat([bytes.subarray(0, 53), size, credentialId, bytes.subarray(55 + 32)]));
    },
    response: (response) => ({ ...response, id, rawId: id }),
  };
};

describe('registration, check by check', () => {
  test('BCB-1.none · a registration as it should be is accepted, and says what to store', () => {
    const input = registration({ aaguid: '11111111-2222-3333-4444-555555555555', counter: 'increment' });
    expect(verifyRegistration(input)).toEqual({
      ok: true,
      credential: {
        id: input.response.id,
        publicKey: expect.any(Uint8Array),
        algorithm: -7,
        counter: 1,
        aaguid: '11111111-2222-3333-4444-555555555555',
        backupEligible: false,
        backupState: false,
        userVerified: true,
        transports: ['internal'],
        attestationFormat: 'none',
        attestationTrust: 'none',
      },
    });
  });

  test('§7.1 step 7 · an assertion is not a registration', () => {
    for (const type of ['webauthn.get', 'payment.get', 'webauthn.Create'])
      expect(judge(said('type', type))).toBe('ceremony_type_mismatch');
  });

  test('§7.1 step 8 · only the challenge that was issued', () => {
    for (const challenge of ['AAAA', `${CHALLENGE}=`, ''])
      expect(judge(said('challenge', challenge))).toBe('challenge_mismatch');
  });

  test('§7.1 step 9 · only a listed origin, compared exactly', () => {
    for (const origin of ['https://evil.example', `${ORIGIN}.evil.example`, `${ORIGIN}/`])
      expect(judge(said('origin', origin))).toBe('origin_not_allowed');
  });

  test('R11 · a framed page is refused unless its top origin is listed', () => {
    const page = { crossOrigin: true, topOrigin: 'https://shop.example' };
    const topOrigins = ['https://shop.example'];
    expect(verdictOf(verifyRegistration(registration({}, {}, page)))).toBe('cross_origin_not_allowed');
    expect(verdictOf(verifyRegistration({ ...registration({}, {}, page), topOrigins }))).toBe('ok');
  });

  test('§7.1 step 14 · only for this relying party', () => {
    expect(judge({}, { rpId: 'other.example' })).toBe('rp_id_mismatch');
  });

  test('R10 · user presence always, user verification when the ceremony says so', () => {
    expect(judge({ flags: clearing(FLAGS.UP) }, { userVerification: 'preferred' })).toBe('user_presence_missing');
    expect(judge({ flags: clearing(FLAGS.UV) })).toBe('user_verification_missing');
    expect(judge({ flags: clearing(FLAGS.UV) }, { userVerification: 'preferred' })).toBe('ok');
  });

  test('§7.1 step 17 · backed up but not eligible is a contradiction', () => {
    expect(judge({ flags: (flags) => flags | FLAGS.BS })).toBe('backup_flags_invalid');
    expect(judge({ flags: (flags) => flags | FLAGS.BE | FLAGS.BS })).toBe('ok');
  });

  test('R13 · only an algorithm that was offered', () => {
    expect(judge({}, { algorithms: [-8, -257] })).toBe('algorithm_not_allowed');
    const x = Buffer.alloc(57, 1);
    expect(judge(key([1, 1], [3, -53], [-1, 7], [-2, x]))).toBe('algorithm_not_allowed');
  });

  test('R13 · an algorithm on the list that is not implemented is still refused', () => {
    expect(
      judge(key([1, 3], [3, -65535], [-1, Buffer.alloc(256, 255)], [-2, Buffer.from([1, 0, 1])]), {
        algorithms: [-65535],
      }),
    ).toBe('public_key_malformed');
  });

  test('§7.1 step 21 · a format that is not supported, or spelt differently, is refused by name', () => {
    const rename = (fmt: string): AlterRegistration => ({
      attestationObject: (bytes) => {
        const rest = bytes.subarray(1 + 4 + 5);
        return new Uint8Array(Buffer.concat([Buffer.from('a363666d74', 'hex'), encodeCbor(fmt), rest]));
      },
    });
    for (const fmt of ['None', 'Packed', 'android_key', 'ecdaa', '__proto__', ''])
      expect(judge(rename(fmt))).toBe('attestation_format_unsupported');
    expect(judge(rename('none'))).toBe('ok');
  });

  test('R12 · credential ids have 1 to 1023 bytes', () => {
    expect(judge(withIdOf(1))).toBe('ok');
    expect(judge(withIdOf(1023))).toBe('ok');
    expect(judge(withIdOf(1024))).toBe('credential_id_too_long');
    expect(judge(withIdOf(0))).toBe('credential_malformed');
  });

  test('the envelope cannot name another credential than was attested', () => {
    expect(judge({ response: (response) => ({ ...response, id: 'AAAA', rawId: 'AAAA' }) })).toBe('credential_mismatch');
    expect(judge({ response: (response) => ({ ...response, rawId: 'AAAA' }) })).toBe('credential_malformed');
  });

  test('the browser’s convenience copies are not believed', () => {
    const lie: AlterRegistration = {
      response: (credential) => ({
        ...credential,
        response: { ...credential.response, publicKeyAlgorithm: -257, publicKey: 'AAAA', authenticatorData: 'AAAA' },
      }),
    };
    expect(judge(lie)).toBe('ok');
  });

  test('a registration without a credential, or with bytes left over, is refused', () => {
    expect(judge({ flags: clearing(FLAGS.AT) })).toBe('authenticator_data_malformed');
    expect(judge({ authData: (bytes) => new Uint8Array([...bytes, 0]) })).toBe('authenticator_data_malformed');
    expect(judge({ attestationObject: (bytes) => new Uint8Array([...bytes, 0]) })).toBe('attestation_malformed');
  });
});

describe('public keys (WebAuthn L3 §5.8.5)', () => {
  const x = Buffer.from('6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296', 'hex');
  const y = Buffer.from('4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5', 'hex');
  const ed = Buffer.from('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a', 'hex');
  const modulus = Buffer.concat([Buffer.from([0xc1]), Buffer.alloc(255, 0x5b)]);
  const exponent = Buffer.from([1, 0, 1]);

  test.each<[string, AlterRegistration]>([
    ['P-256 under ES256', key([1, 2], [3, -7], [-1, 1], [-2, x], [-3, y])],
    ['Ed25519 under EdDSA', key([1, 1], [3, -8], [-1, 6], [-2, ed])],
    ['RSA of 2,048 bits under RS256', key([1, 3], [3, -257], [-1, modulus], [-2, exponent])],
  ])('%s is taken', (_name, alter) => {
    expect(judge(alter)).toBe('ok');
  });

  test.each<[string, AlterRegistration]>([
    ['type and algorithm disagree', key([1, 1], [3, -7], [-1, 1], [-2, x], [-3, y])],
    ['curve and algorithm disagree', key([1, 2], [3, -7], [-1, 2], [-2, x], [-3, y])],
    ['a point off the curve', key([1, 2], [3, -7], [-1, 1], [-2, x], [-3, x])],
    ['a compressed point', key([1, 2], [3, -7], [-1, 1], [-2, x], [-3, true])],
    ['a short coordinate', key([1, 2], [3, -7], [-1, 1], [-2, x.subarray(1)], [-3, y])],
    [
      'a coordinate with a leading zero',
      key([1, 2], [3, -7], [-1, 1], [-2, Buffer.concat([Buffer.alloc(1), x])], [-3, y]),
    ],
    ['an optional parameter', key([1, 2], [3, -7], [-1, 1], [-2, x], [-3, y], [4, 1])],
    ['a private key', key([1, 2], [3, -7], [-1, 1], [-2, x], [-3, y], [-4, x])],
    ['no algorithm', key([1, 2], [-1, 1], [-2, x], [-3, y])],
    [
      'RSA of 2,047 bits',
      key([1, 3], [3, -257], [-1, Buffer.concat([Buffer.from([0x61]), modulus.subarray(1)])], [-2, exponent]),
    ],
    [
      'RSA with a leading zero',
      key([1, 3], [3, -257], [-1, Buffer.concat([Buffer.alloc(1), modulus])], [-2, exponent]),
    ],
    ['RSA with exponent 3', key([1, 3], [3, -257], [-1, modulus], [-2, Buffer.from([3])])],
    ['RSA with an even exponent', key([1, 3], [3, -257], [-1, modulus], [-2, Buffer.from([1, 0, 2])])],
    ['RSA with an exponent of five bytes', key([1, 3], [3, -257], [-1, modulus], [-2, Buffer.from([1, 0, 0, 0, 1])])],
    ['Ed25519 off the curve', key([1, 1], [3, -8], [-1, 6], [-2, Buffer.concat([Buffer.from([2]), Buffer.alloc(31)])])],
    ['Ed25519 not canonical', key([1, 1], [3, -8], [-1, 6], [-2, Buffer.alloc(32, 0xff)])],
    [
      'Ed25519 of small order',
      key([1, 1], [3, -8], [-1, 6], [-2, Buffer.concat([Buffer.from([1]), Buffer.alloc(31)])]),
    ],
    ['X25519', key([1, 1], [3, -8], [-1, 4], [-2, ed])],
  ])('%s is refused', (_name, alter) => {
    expect(judge(alter)).toBe('public_key_malformed');
  });

  test('a key followed by something else is refused', () => {
    expect(judge({ coseKey: (bytes) => new Uint8Array([...bytes, 0xa0]) })).toBe('authenticator_data_malformed');
  });
});
