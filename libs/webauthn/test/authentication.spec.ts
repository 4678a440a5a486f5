import { describe, expect, test } from '@jest/globals';
import { FLAGS, withHighS, type AlterAssertion } from '@countersign/testing';
import { verifyAuthentication, type AuthenticationInput } from '../src/index.js';
import { assertion, CHALLENGE, enroll, ORIGIN, verdictOf } from './fixtures.js';

const enrolled = enroll();
const clearing = (bit: number) => (flags: number) => flags & ~bit;

/** The verdict on a fresh assertion after both sides were tampered with. */
const judge = (alter: AlterAssertion = {}, input: Partial<AuthenticationInput> = {}, from = enrolled): string =>
  verdictOf(verifyAuthentication({ ...assertion(from, alter), ...input }));

const said = (member: string, value: unknown): AlterAssertion => ({
  clientData: (data) => ({ ...data, [member]: value }),
});

describe('authentication, check by check', () => {
  test('BCB-2 · a sign-in as it should be is accepted, and says what to store', () => {
    expect(verifyAuthentication(assertion(enrolled))).toEqual({
      ok: true,
      counter: 0,
      backupState: false,
      userVerified: true,
      counterVerdict: 'zero',
    });
  });

  test.each([-7, -8, -257] as const)('BCB-2 · algorithm %d signs in', (algorithm) => {
    expect(judge({}, {}, enroll({ algorithm }))).toBe('ok');
  });

  test('§7.2 step 5 · only a credential that was asked for', () => {
    expect(judge({}, { allowCredentials: ['b3RoZXI'] })).toBe('credential_not_allowed');
    expect(judge({}, { allowCredentials: [] })).toBe('ok');
  });

  test('§7.2 step 6 · only the credential on record', () => {
    const { credential } = assertion(enrolled);
    const input = { credential: { ...credential, id: 'b3RoZXI' }, allowCredentials: [] };
    expect(judge({}, input)).toBe('credential_mismatch');
  });

  test('§7.2 step 6 · a user handle must be the account’s, and is needed where nobody was named', () => {
    const { credential } = assertion(enrolled);
    const without: AlterAssertion = {
      response: ({ response, ...rest }) => ({ ...rest, response: { ...response, userHandle: undefined } }),
    };
    const unknown = { ...credential, userHandle: undefined };
    expect(judge({}, { credential: { ...credential, userHandle: 'c29tZWJvZHk' } })).toBe('user_handle_mismatch');
    expect(judge(without)).toBe('ok');
    expect(judge(without, { allowCredentials: [] })).toBe('user_handle_mismatch');
    expect(judge({}, { credential: unknown })).toBe('ok');
    expect(judge({}, { credential: unknown, allowCredentials: [] })).toBe('user_handle_mismatch');
  });

  test('§7.2 step 10 · a payment confirmation or a registration is not a sign-in', () => {
    for (const type of ['payment.get', 'webauthn.create', 'webauthn.GET', ''])
      expect(judge(said('type', type))).toBe('ceremony_type_mismatch');
  });

  test('§7.2 step 11 · only the challenge that was issued, as text', () => {
    for (const challenge of ['AAAA', `${CHALLENGE}=`, '', CHALLENGE.slice(1)])
      expect(judge(said('challenge', challenge))).toBe('challenge_mismatch');
    expect(judge(said('challenge', ''), { challenge: '' })).toBe('challenge_mismatch');
  });

  test('§7.2 step 12 · only a listed origin, compared exactly', () => {
    for (const origin of [
      'https://evil.example',
      'https://login.bank.example',
      `${ORIGIN}:443`,
      `${ORIGIN}/`,
      'https://BANK.example',
    ])
      expect(judge(said('origin', origin))).toBe('origin_not_allowed');
    const android = 'android:apk-key-hash:AAAA';
    expect(judge(said('origin', android), { origins: [ORIGIN, android] })).toBe('ok');
  });

  test('R11 · a framed page is refused unless its top origin is listed and named', () => {
    const framed = (topOrigin?: string): AlterAssertion => ({
      clientData: (data) => ({ ...data, crossOrigin: true, ...(topOrigin ? { topOrigin } : {}) }),
    });
    const topOrigins = ['https://shop.example'];
    expect(judge(framed())).toBe('cross_origin_not_allowed');
    expect(judge(framed('https://shop.example'))).toBe('cross_origin_not_allowed');
    expect(judge(framed('https://evil.example'), { topOrigins })).toBe('cross_origin_not_allowed');
    expect(judge(framed(), { topOrigins })).toBe('cross_origin_not_allowed');
    expect(judge(said('topOrigin', 'https://shop.example'), { topOrigins })).toBe('cross_origin_not_allowed');
    expect(judge(framed('https://shop.example'), { topOrigins })).toBe('ok');
  });

  test('§7.2 step 15 · only for this relying party', () => {
    expect(judge({}, { rpId: 'example' })).toBe('rp_id_mismatch');
  });

  test('R10 · user presence is required whatever the policy', () => {
    expect(judge({ flags: clearing(FLAGS.UP) }, { userVerification: 'preferred' })).toBe('user_presence_missing');
  });

  test('R10 · user verification is required when the ceremony says so, and only then', () => {
    expect(judge({ flags: clearing(FLAGS.UV) })).toBe('user_verification_missing');
    expect(judge({ flags: clearing(FLAGS.UV) }, { userVerification: 'preferred' })).toBe('ok');
  });

  test('§7.2 step 18 · backed up but not eligible is a contradiction', () => {
    expect(judge({ flags: (flags) => flags | FLAGS.BS })).toBe('backup_flags_invalid');
  });

  test('§7.2 step 19 · backup eligibility never changes, in either direction', () => {
    expect(judge({ flags: (flags) => flags | FLAGS.BE })).toBe('backup_eligibility_changed');
    const synced = enroll({ backupEligible: true });
    expect(judge({ flags: clearing(FLAGS.BE) }, {}, synced)).toBe('backup_eligibility_changed');
    expect(judge({ flags: (flags) => flags | FLAGS.BS }, {}, synced)).toBe('ok');
  });

  test('§6.1 · an assertion carries no credential, and its extensions end where the data ends', () => {
    const attested = Buffer.concat([Buffer.alloc(16), Buffer.from([0, 1, 7]), Buffer.from('a0', 'hex')]);
    const appended = (more: Uint8Array) => (bytes: Uint8Array) => new Uint8Array(Buffer.concat([bytes, more]));
    const withBit = (bit: number) => (flags: number) => flags | bit;
    expect(judge({ flags: withBit(FLAGS.AT), authData: appended(attested) })).toBe('authenticator_data_malformed');
    expect(judge({ authData: appended(Buffer.from([0])) })).toBe('authenticator_data_malformed');
    expect(judge({ flags: withBit(FLAGS.ED) })).toBe('authenticator_data_malformed');
    expect(judge({ flags: withBit(FLAGS.ED), authData: appended(Buffer.from('a0', 'hex')) })).toBe('ok');
  });

  test('R13 · a stored key is refused once its algorithm is off the list', () => {
    expect(judge({}, { algorithms: [-8, -257] })).toBe('algorithm_not_allowed');
  });

  test('§7.2 step 21 · one changed bit of signature, data or client data voids it; a high s does not', () => {
    const flip = (at: number) => (bytes: Uint8Array<ArrayBuffer>) =>
      bytes.map((byte, i) => (i === at ? byte ^ 1 : byte));
    expect(judge({ signature: flip(20) })).toBe('signature_invalid');
    expect(judge({ signature: (bytes) => new Uint8Array([...bytes, 0]) })).toBe('signature_invalid');
    expect(judge({ signature: () => new Uint8Array() })).toBe('signature_invalid');
    expect(judge({ signature: withHighS })).toBe('ok');
    const input = assertion(enrolled);
    const clientDataJSON = Buffer.from(
      Buffer.from(input.response.response.clientDataJSON, 'base64url').toString().replace('{', '{ '),
    ).toString('base64url');
    const response = { ...input.response, response: { ...input.response.response, clientDataJSON } };
    expect(verdictOf(verifyAuthentication({ ...input, response }))).toBe('signature_invalid');
  });

  test('a byte order mark is dropped for reading and kept for hashing', () => {
    const marked = (bytes: Uint8Array) => new Uint8Array([0xef, 0xbb, 0xbf, ...bytes]);
    expect(judge({ clientDataJSON: marked })).toBe('ok');
  });

  test('R30 · whatever a stranger sends is refused before the counter is looked at', () => {
    const input = { credential: { ...assertion(enrolled).credential, counter: 100 } };
    expect(judge({ signature: () => new Uint8Array(70) }, input)).toBe('signature_invalid');
  });

  test.each([
    [0, 0, 'zero'],
    [0, 1, 'advanced'],
    [5, 6, 'advanced'],
    [5, 5, 'replayed'],
    [5, 4, 'replayed'],
    [5, 0, 'replayed'],
    [0x7fffffff, 0x80000000, 'advanced'],
    [0xffffffff, 0, 'replayed'],
  ])('R2 · stored %d and sent %d: %s, after a valid signature', (stored, counter, counterVerdict) => {
    const input = assertion(enrolled, { counter });
    const result = verifyAuthentication({ ...input, credential: { ...input.credential, counter: stored } });
    expect(result).toMatchObject({ ok: true, counter, counterVerdict });
  });

  test('a refusal names the clause and carries no secret', () => {
    const result = verifyAuthentication(assertion(enrolled, said('origin', `https://${'x'.repeat(500)}.example`)));
    expect(result).toMatchObject({ ok: false, code: 'origin_not_allowed', clause: 'WebAuthn L3 §7.2 step 12' });
    expect(JSON.stringify(result).length).toBeLessThan(300);
  });
});
