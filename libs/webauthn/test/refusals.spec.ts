import { describe, expect, test } from '@jest/globals';
import type { AlterAssertion, AlterRegistration } from '@countersign/testing';
import {
  verifyAuthentication,
  verifyRegistration,
  type AuthenticationInput,
  type RegistrationInput,
} from '../src/index.js';
import { assertion, enroll, ORIGIN, registration, USER_HANDLE } from './fixtures.js';

const enrolled = enroll();
const said = (member: string, value: unknown) => ({
  clientData: (data: Record<string, unknown>) => ({ ...data, [member]: value }),
});

type Row<Alter, Input> = [name: string, alter: Alter, input: Partial<Input>, refusal: [string, string, object]];

const REGISTRATIONS: Row<AlterRegistration, RegistrationInput>[] = [
  ['type', said('type', 'payment.get'), {}, ['ceremony_type_mismatch', '§7.1 step 7', { type: 'payment.get' }]],
  [
    'origin',
    said('origin', 'https://evil.example'),
    {},
    ['origin_not_allowed', '§7.1 step 9', { origin: 'https://evil.example' }],
  ],
  ['frame', said('crossOrigin', true), {}, ['cross_origin_not_allowed', '§7.1 step 10', { framing: 'not expected' }]],
  [
    'unnamed frame',
    said('crossOrigin', true),
    { topOrigins: [ORIGIN] },
    ['cross_origin_not_allowed', '§7.1 step 10', { framing: 'not named' }],
  ],
  [
    'top origin',
    said('topOrigin', 'https://shop.example'),
    {},
    ['cross_origin_not_allowed', '§7.1 step 11', { topOrigin: 'https://shop.example' }],
  ],
  ['algorithm', {}, { algorithms: [-8] }, ['algorithm_not_allowed', '§7.1 step 20', { algorithm: -7 }]],
  [
    'no credential',
    { flags: (flags) => flags & ~0x40, authData: (bytes) => bytes.slice(0, 37) },
    {},
    ['authenticator_data_malformed', '§6.1', { reason: 'no credential' }],
  ],
];

const ASSERTIONS: Row<AlterAssertion, AuthenticationInput>[] = [
  ['algorithm', {}, { algorithms: [-8] }, ['algorithm_not_allowed', '§7.2 step 21', { algorithm: -7 }]],
  [
    'eligibility',
    { flags: (flags) => flags | 0x08 },
    {},
    ['backup_eligibility_changed', '§7.2 step 19', { stored: false }],
  ],
  [
    'handle missing',
    {},
    { allowCredentials: [], response: without('userHandle') },
    ['user_handle_mismatch', '§7.2 step 6', { handle: 'missing' }],
  ],
  [
    'handle unknown',
    {},
    { allowCredentials: [], credential: enrolled.credential },
    ['user_handle_mismatch', '§7.2 step 6', { handle: 'unknown' }],
  ],
  [
    'handle different',
    {},
    { credential: { ...enrolled.credential, userHandle: 'AAAA' } },
    ['user_handle_mismatch', '§7.2 step 6', { handle: 'different' }],
  ],
  [
    'frame without any expected',
    said('crossOrigin', true),
    { unnamedFrames: true },
    ['cross_origin_not_allowed', '§7.2 step 13', { framing: 'not expected' }],
  ],
];

function without(member: string): AuthenticationInput['response'] {
  const { response, ...envelope } = assertion(enrolled).response;
  return { ...envelope, response: { ...response, [member]: undefined } };
}

describe('what a refusal says to an auditor', () => {
  test.each(REGISTRATIONS)(
    'BCB-1 · registration, %s · code, clause and facts',
    (_name, alter, input, [code, clause, facts]) => {
      const result = verifyRegistration({ ...registration({}, alter), ...input });
      expect(result).toEqual({ ok: false, code, clause: `WebAuthn L3 ${clause}`, facts });
    },
  );

  test.each(ASSERTIONS)(
    'BCB-1 · assertion, %s · code, clause and facts',
    (_name, alter, input, [code, clause, facts]) => {
      const result = verifyAuthentication({ ...assertion(enrolled, alter), ...input });
      expect(result).toEqual({ ok: false, code, clause: `WebAuthn L3 ${clause}`, facts });
    },
  );

  test('R12 · an id that is too long · its length', () => {
    const id = Buffer.alloc(1024, 7);
    const alter: AlterRegistration = {
      authData: (bytes) =>
        new Uint8Array(Buffer.concat([bytes.subarray(0, 53), Buffer.from([4, 0]), id, bytes.subarray(87)])),
      response: (response) => ({ ...response, id: id.toString('base64url'), rawId: id.toString('base64url') }),
    };
    expect(verifyRegistration(registration({}, alter))).toMatchObject({
      code: 'credential_id_too_long',
      facts: { bytes: 1024 },
    });
  });

  test('§6.1 AT · a credential in an assertion', () => {
    const { authData } = attested();
    const alter: AlterAssertion = {
      authData: (bytes) =>
        new Uint8Array([
          ...bytes.subarray(0, 32),
          (bytes[32] ?? 0) | 0x40,
          ...bytes.subarray(33),
          ...authData.subarray(37),
        ]),
    };
    expect(verifyAuthentication(assertion(enrolled, alter))).toMatchObject({
      code: 'authenticator_data_malformed',
      facts: { reason: 'credential in an assertion' },
    });
  });
});

function attested(): { authData: Uint8Array } {
  const { response } = registration().response;
  return { authData: new Uint8Array(Buffer.from(response.authenticatorData ?? '', 'base64url')) };
}

describe('what may be absent and what may not', () => {
  test('§5.2.2 · a user handle may be null, and null is none', () => {
    const { response, ...envelope } = assertion(enrolled).response;
    const input = assertion(enrolled);
    const nobody = {
      ...envelope,
      response: { ...response, userHandle: null },
    } as unknown as AuthenticationInput['response'];
    expect(verifyAuthentication({ ...input, response: nobody }).ok).toBe(true);
  });

  test('§5.4.3 · a user handle of 64 bytes is one, of 65 bytes is none, whether or not there is one to compare', () => {
    const { response, ...envelope } = assertion(enrolled).response;
    const judged = (bytes: number) => {
      const userHandle = Buffer.alloc(bytes, 1).toString('base64url');
      const input = { ...assertion(enrolled), credential: enrolled.credential };
      return verifyAuthentication({ ...input, response: { ...envelope, response: { ...response, userHandle } } });
    };
    expect(judged(64).ok).toBe(true);
    expect(judged(65)).toMatchObject({ code: 'credential_malformed', facts: { field: 'userHandle' } });
    expect(USER_HANDLE.length).toBeLessThan(64);
  });

  test('R11 · an unnamed frame passes where framing is expected and the caller asks for the letter', () => {
    const framed = { ...assertion(enrolled, said('crossOrigin', true)), topOrigins: [ORIGIN] };
    expect(verifyAuthentication({ ...framed, unnamedFrames: true }).ok).toBe(true);
    expect(verifyAuthentication({ ...framed, unnamedFrames: false }).ok).toBe(false);
    expect(verifyAuthentication(framed).ok).toBe(false);
  });
});
