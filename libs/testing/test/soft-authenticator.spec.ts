import { X509Certificate } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import {
  SettingsService,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
  type PublicKeyCredentialCreationOptionsJSON,
} from '@simplewebauthn/server';
import {
  SoftAuthenticator,
  TestAttestationCa,
  withHighS,
  type CborValue,
  type SoftAuthenticatorOptions,
} from '../src/index.js';

const origin = 'https://bank.example';
const challenge = 'AAECAwQFBgcICQoLDA0ODw';
const creation: PublicKeyCredentialCreationOptionsJSON = {
  challenge,
  rp: { id: 'bank.example', name: 'Bank' },
  user: { id: 'dXNlci0x', name: 'a', displayName: 'A' },
  pubKeyCredParams: [-7, -8, -257].map((alg) => ({ type: 'public-key', alg })),
};
const request = { challenge, rpId: 'bank.example' };
const expected = { expectedChallenge: challenge, expectedOrigin: origin, expectedRPID: 'bank.example' };

async function enrolled(options: SoftAuthenticatorOptions = {}) {
  const authenticator = new SoftAuthenticator(options);
  const response = authenticator.register(creation, { origin });
  const { registrationInfo } = await verifyRegistrationResponse({
    response,
    ...expected,
    requireUserVerification: options.userVerification ?? true,
  });
  if (!registrationInfo) throw new Error('the registration did not verify');
  return { authenticator, info: registrationInfo };
}

describe('software authenticator, judged by SimpleWebAuthn', () => {
  test.each([-7, -8, -257] as const)('registers and signs with algorithm %d', async (algorithm) => {
    const { authenticator, info } = await enrolled({ algorithm });
    const response = authenticator.authenticate(request, { origin });
    const verdict = await verifyAuthenticationResponse({ response, ...expected, credential: info.credential });
    expect(verdict.verified).toBe(true);
    expect(response.response.userHandle).toBe('dXNlci0x');
  });

  test.each(['none', 'packed-self', 'packed'] as const)('attestation %s verifies', async (attestation) => {
    const ca = new TestAttestationCa();
    SettingsService.setRootCertificates({
      identifier: 'packed',
      certificates: [new X509Certificate(ca.certificate).toString()],
    });
    const { info } = await enrolled({ attestation, ca, aaguid: '11111111-2222-3333-4444-555555555555' });
    expect(info.fmt).toBe(attestation === 'none' ? 'none' : 'packed');
    expect(info.aaguid).toBe('11111111-2222-3333-4444-555555555555');
  });

  test.each(['tpm', 'android-key'] as const)('attestation %s verifies', async (attestation) => {
    const ca = new TestAttestationCa();
    const certificates = [new X509Certificate(ca.certificate).toString()];
    SettingsService.setRootCertificates({ identifier: attestation, certificates });
    // What judges here wants the root of an Android chain presented.
    const withRoot = (statement: Map<string, CborValue>) =>
      new Map(statement).set('x5c', [...(statement.get('x5c') as CborValue[]), ca.certificate]);
    const alter = attestation === 'tpm' ? {} : { attestationStatement: withRoot };
    const response = new SoftAuthenticator({ attestation, ca }).register(creation, { origin, alter });
    const { registrationInfo } = await verifyRegistrationResponse({ response, ...expected });
    expect(registrationInfo?.fmt).toBe(attestation);
  });

  test.each(['apple', 'fido-u2f'] as const)('attestation %s verifies', async (attestation) => {
    const ca = new TestAttestationCa();
    const certificates = [new X509Certificate(ca.certificate).toString()];
    SettingsService.setRootCertificates({ identifier: attestation, certificates });
    const { info } = await enrolled({ attestation, ca, algorithm: -7 });
    expect(info.fmt).toBe(attestation);
  });

  test('an incrementing counter goes up by one with each ceremony', async () => {
    const { authenticator, info } = await enrolled({ counter: 'increment' });
    expect(info.credential.counter).toBe(1);
    const response = authenticator.authenticate(request, { origin });
    const verdict = await verifyAuthenticationResponse({ response, ...expected, credential: info.credential });
    expect(verdict.authenticationInfo.newCounter).toBe(2);
  });

  test('backup flags and missing user verification are said', async () => {
    const { info } = await enrolled({ backupEligible: true, backupState: true, userVerification: false });
    expect(info).toMatchObject({ credentialDeviceType: 'multiDevice', credentialBackedUp: true, userVerified: false });
  });

  test('a credential that is not resident answers only when listed, and without user handle', async () => {
    const { authenticator, info } = await enrolled({ residentKeys: false });
    expect(() => authenticator.authenticate(request, { origin })).toThrow(
      expect.objectContaining({ name: 'NotAllowedError' }),
    );
    const allowCredentials = [{ type: 'public-key' as const, id: info.credential.id }];
    expect(
      authenticator.authenticate({ ...request, allowCredentials }, { origin }).response.userHandle,
    ).toBeUndefined();
  });

  test('an excluded credential and an unknown algorithm are refused as a browser refuses them', async () => {
    const { authenticator, info } = await enrolled();
    const excludeCredentials = [{ type: 'public-key' as const, id: info.credential.id }];
    expect(() => authenticator.register({ ...creation, excludeCredentials }, { origin })).toThrow(
      expect.objectContaining({ name: 'InvalidStateError' }),
    );
    const pubKeyCredParams = [{ type: 'public-key' as const, alg: -19 }];
    expect(() => authenticator.register({ ...creation, pubKeyCredParams }, { origin })).toThrow(
      expect.objectContaining({ name: 'NotSupportedError' }),
    );
  });

  test('the mirrored signature is another one and valid', async () => {
    const { authenticator, info } = await enrolled();
    const response = authenticator.authenticate(request, { origin, alter: { signature: withHighS } });
    const verdict = await verifyAuthenticationResponse({ response, ...expected, credential: info.credential });
    expect(verdict.verified).toBe(true);
  });

  test('an alteration arrives where it was asked for', async () => {
    const { authenticator, info } = await enrolled();
    const response = authenticator.authenticate(request, {
      origin,
      alter: { clientData: (data) => ({ ...data, type: 'payment.get' }) },
    });
    await expect(verifyAuthenticationResponse({ response, ...expected, credential: info.credential })).rejects.toThrow(
      /type/,
    );
  });
});
