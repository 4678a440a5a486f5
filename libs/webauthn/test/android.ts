import {
  SoftAuthenticator,
  TestAttestationCa,
  type AlterRegistration,
  type AndroidKeyProfile,
  type AttestationIssuer,
  type CborValue,
  type SoftAuthenticatorOptions,
} from '@countersign/testing';
import { verifyRegistration, type AttestationPolicy, type RegistrationResult } from '../src/index.js';
import { CREATION, EXPECTED, NOW, ORIGIN } from './fixtures.js';

/** The anchor of every Android Key attestation here. */
export const root = new TestAttestationCa('Root');

interface Options extends SoftAuthenticatorOptions {
  alter?: AlterRegistration;
  policy?: Partial<AttestationPolicy>;
  /** Authorities between leaf and root, nearest first. */
  above?: TestAttestationCa[];
}

const withAbove = (above: TestAttestationCa[]): AlterRegistration => ({
  attestationStatement: (statement) =>
    new Map(statement).set('x5c', [
      ...(statement.get('x5c') as CborValue[]),
      ...above.map(({ certificate }) => certificate),
    ]),
});

/** The verdict on an Android Key attestation that differs from what it should be. */
export function judge(
  androidKey: AndroidKeyProfile = {},
  { alter, policy = {}, above = [], ...options }: Options = {},
): RegistrationResult {
  const ca: AttestationIssuer = above[0] ?? root;
  const authenticator = new SoftAuthenticator({ attestation: 'android-key', ca, androidKey, ...options });
  return verifyRegistration({
    ...EXPECTED,
    response: authenticator.register(CREATION, { origin: ORIGIN, alter: alter ?? withAbove(above) }),
    attestation: { accept: ['anchored'], anchors: [root.certificate], ...policy },
    now: NOW,
  });
}

export const said = (rule: string, clause = 'WebAuthn L3 §8.4') => ({
  ok: false,
  code: 'attestation_invalid',
  clause,
  facts: { rule },
});
export const google = (rule: string) => said(rule, 'Android Key Attestation');
export const ACCEPTED = { ok: true, credential: { attestationFormat: 'android-key', attestationTrust: 'anchored' } };
export const UNTRUSTED = { ok: false, code: 'attestation_untrusted' };
