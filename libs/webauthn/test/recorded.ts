import { X509Certificate } from 'node:crypto';
import { toBase64Url } from '@countersign/kernel';
import type { AlterAssertion, AlterRegistration, SoftAuthenticatorOptions } from '@countersign/testing';
import { assertion, enroll, EXPECTED, NOW, registration } from './fixtures.js';

/** A case as somebody would record it: JSON, nothing else. */
export type Recorded = Record<string, unknown>;

const pemOf = (der: Uint8Array): string => new X509Certificate(der).toString();
const shared = { ...EXPECTED, userVerification: 'required', now: NOW.toISOString() };

/** A registration, with the authority of its authenticator as anchor. */
export function recordedRegistration(options: SoftAuthenticatorOptions = {}, alter: AlterRegistration = {}): Recorded {
  const { response, attestation } = registration(options, alter);
  return { id: 'r', kind: 'registration', ...shared, response, anchors: attestation.anchors.map(pemOf) };
}

/** A sign-in with a credential that was enrolled before. */
export function recordedAuthentication(options: SoftAuthenticatorOptions = {}, alter: AlterAssertion = {}): Recorded {
  const { response, credential, allowCredentials } = assertion(enroll(options), alter);
  const { id, counter, backupEligible, backupState, userHandle } = credential;
  const publicKey = toBase64Url(credential.publicKey);
  const stored = { id, publicKey, counter, backupEligible, backupState, userHandle };
  return { id: 'a', kind: 'authentication', ...shared, response, allowCredentials, credential: stored };
}
