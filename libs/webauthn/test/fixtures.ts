import { SoftAuthenticator, type AlterAssertion, type AlterRegistration } from '@countersign/testing';
import type { SoftAuthenticatorOptions } from '@countersign/testing';
import {
  creationOptions,
  requestOptions,
  type verifyAuthentication,
  verifyRegistration,
  type AuthenticationInput,
  type RegisteredCredential,
  type RegistrationInput,
} from '../src/index.js';

export const ORIGIN = 'https://bank.example';
export const RP_ID = 'bank.example';
export const CHALLENGE = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8';
export const USER_HANDLE = 'dXNlci0x';
export const NOW = new Date('2026-11-20T12:00:00Z');

export const EXPECTED = {
  challenge: CHALLENGE,
  origins: [ORIGIN],
  topOrigins: [] as string[],
  rpId: RP_ID,
  userVerification: 'required' as const,
  algorithms: [-7, -8, -257],
};

export const CREATION = creationOptions({
  rp: { id: RP_ID, name: 'Bank' },
  user: { id: USER_HANDLE, name: 'somebody', displayName: 'Somebody' },
  challenge: CHALLENGE,
});

/** One registration, spoilt by `alter`, as input for our verification. */
export function registration(
  options: SoftAuthenticatorOptions = {},
  alter: AlterRegistration = {},
  page: { crossOrigin?: boolean; topOrigin?: string } = {},
): RegistrationInput {
  const authenticator = new SoftAuthenticator(options);
  return {
    ...EXPECTED,
    response: authenticator.register(CREATION, { origin: ORIGIN, ...page, alter }),
    attestation: { accept: ['none', 'self', 'anchored'], anchors: [authenticator.ca.certificate] },
    now: NOW,
  };
}

export interface Enrolled {
  authenticator: SoftAuthenticator;
  credential: RegisteredCredential;
}

/** An authenticator with one credential that our verification accepted. */
export function enroll(options: SoftAuthenticatorOptions = {}): Enrolled {
  const authenticator = new SoftAuthenticator(options);
  const result = verifyRegistration({
    ...EXPECTED,
    userVerification: 'preferred',
    response: authenticator.register(CREATION, { origin: ORIGIN }),
    attestation: { accept: ['none'], anchors: [] },
    now: NOW,
  });
  if (!result.ok) throw new Error(`enrollment refused: ${result.code}`);
  return { authenticator, credential: result.credential };
}

/** One assertion, spoilt by `alter`, as input for our verification. */
export function assertion(
  { authenticator, credential }: Enrolled,
  alter: AlterAssertion = {},
  page: { crossOrigin?: boolean; topOrigin?: string } = {},
): AuthenticationInput {
  const options = requestOptions({ rpId: RP_ID, challenge: CHALLENGE, allowCredentials: [{ id: credential.id }] });
  return {
    ...EXPECTED,
    response: authenticator.authenticate(options, { origin: ORIGIN, ...page, alter }),
    credential: { ...credential, userHandle: USER_HANDLE },
    allowCredentials: [credential.id],
  };
}

/** `ok`, or the code of the refusal. */
export const verdictOf = (
  result: ReturnType<typeof verifyRegistration> | ReturnType<typeof verifyAuthentication>,
): string => (result.ok ? 'ok' : result.code);
