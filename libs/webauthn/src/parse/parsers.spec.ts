import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { toBase64Url } from '@countersign/kernel';
import { readCertificate } from '../attestation/certificate.js';
import { challengeOf } from '../challenge-of.js';
import { publicKeyOf } from '../crypto/public-key.js';
import { Malformed } from '../malformed.js';
import { parseAttestationObject } from './attestation-object.js';
import { parseAuthenticatorData } from './authenticator-data.js';
import { parseCoseKey } from './cose-key.js';
import { parseEnvelope, parseTransports } from './envelope.js';
import { SoftAuthenticator, TestAttestationCa } from '@countersign/testing';

const authenticator = new SoftAuthenticator({ attestation: 'packed' });
const { response } = authenticator.register(
  {
    challenge: 'AAAA',
    rp: { id: 'bank.example', name: 'Bank' },
    user: { id: 'AA', name: 'a', displayName: 'a' },
    pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
  },
  { origin: 'https://bank.example' },
);
const bytesOf = (text: string | undefined): Uint8Array => new Uint8Array(Buffer.from(text ?? '', 'base64url'));
const attestationObject = bytesOf(response.attestationObject);
const authenticatorData = bytesOf(response.authenticatorData);
const coseKey = authenticatorData.subarray(37 + 18 + 32);
const { certificate } = new TestAttestationCa();

/** Random bytes, and valid ones with some overwritten, cut or lengthened. */
const near = (valid: Uint8Array): fc.Arbitrary<Uint8Array> =>
  fc.oneof(
    fc.uint8Array({ maxLength: 400 }),
    fc.tuple(fc.nat(valid.length - 1), fc.uint8Array({ minLength: 1, maxLength: 4 })).map(([at, patch]) => {
      const copy = new Uint8Array(valid);
      copy.set(patch.subarray(0, copy.length - at), at);
      return copy;
    }),
    fc.nat(valid.length).map((length) => valid.subarray(0, length)),
    fc.uint8Array({ minLength: 1, maxLength: 8 }).map((more) => new Uint8Array([...valid, ...more])),
  );

const onlyRefuses = <Input>(inputs: fc.Arbitrary<Input>, parse: (input: Input) => unknown): void =>
  fc.assert(
    fc.property(inputs, (input) => {
      try {
        parse(input);
      } catch (error) {
        expect(error).toBeInstanceOf(Malformed);
      }
    }),
    { numRuns: 1000 },
  );

describe('parsers of bytes from outside refuse and never crash', () => {
  test('attestation object', () => {
    expect(parseAttestationObject(response.attestationObject).fmt).toBe('packed');
    onlyRefuses(near(attestationObject).map(toBase64Url), parseAttestationObject);
    onlyRefuses(fc.anything(), parseAttestationObject);
  });

  test('authenticator data', () => {
    expect(parseAuthenticatorData(authenticatorData).attested?.publicKey).toEqual(coseKey);
    onlyRefuses(near(authenticatorData), parseAuthenticatorData);
  });

  test('authenticator data inside a larger buffer is read from its own start', () => {
    const larger = new Uint8Array([...new Uint8Array(7), ...authenticatorData, ...new Uint8Array(7)]);
    const view = larger.subarray(7, 7 + authenticatorData.length);
    expect(parseAuthenticatorData(view).attested?.publicKey).toEqual(coseKey);
    expect(parseCoseKey(view.subarray(37 + 18 + 32)).algorithm).toBe(-7);
  });

  test('COSE key, and the public key made of it', () => {
    expect(publicKeyOf(parseCoseKey(coseKey)).algorithm).toBe(-7);
    onlyRefuses(near(coseKey), (bytes) => publicKeyOf(parseCoseKey(bytes)));
  });

  test('certificate', () => {
    expect(readCertificate(certificate).constraints?.cA).toBe(true);
    onlyRefuses(near(certificate), readCertificate);
    onlyRefuses(fc.anything(), readCertificate);
  });

  test('envelope and transports', () => {
    onlyRefuses(fc.anything(), parseEnvelope);
    onlyRefuses(fc.anything(), parseTransports);
    expect(parseTransports(['usb', 'hybrid', 'usb', 'telepathy'])).toEqual(['usb', 'hybrid', 'telepathy']);
    for (const bad of [[1], 'usb', ['x'.repeat(33)], new Array<string>(17).fill('usb'), null])
      expect(() => parseTransports(bad)).toThrow(Malformed);
  });

  test('challengeOf finds the challenge, or nothing', () => {
    expect(challengeOf({ id: 'AAAA', rawId: 'AAAA', type: 'public-key', response })).toBe('AAAA');
    fc.assert(
      fc.property(fc.anything(), (value) => {
        expect(challengeOf(value)).toBeUndefined();
      }),
    );
  });
});
