import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { toBase64Url } from '@countersign/kernel';
import { withHighS, type AlterAssertion, type AlterRegistration } from '@countersign/testing';
import { verifyAuthenticationResponse, verifyRegistrationResponse } from '@simplewebauthn/server';
import {
  verifyAuthentication,
  verifyRegistration,
  type AuthenticationInput,
  type RegistrationInput,
} from '../src/index.js';
import { assertion, enroll, registration } from './fixtures.js';

/**
 * SimpleWebAuthn's verdict on the same input is the oracle: where it refuses, we refuse. Where we refuse and it does
 * not, the reason must stand in this table; a refusal with another code fails the test.
 */
const DELIBERATELY_STRICTER: Record<string, string> = {
  client_data_malformed: 'it reads JSON with names twice, with wrong UTF-8 replaced, and crossOrigin of any type',
  credential_malformed: 'it takes base64 that does not encode back to itself, padding included',
  cross_origin_not_allowed:
    'at registrations it does not look at framing; at sign-ins it lets an unnamed frame pass (R11)',
  user_handle_mismatch: 'it does not compare the user handle with the account',
  credential_mismatch: 'it does not compare the ids of envelope, attested data and record',
  authenticator_data_malformed: 'it takes an assertion that carries a credential, and CBOR beyond our limits',
  attestation_malformed: 'it takes members beside the three and bytes after the end',
  backup_eligibility_changed: 'it does not know the stored eligibility (§7.2 step 19)',
  public_key_malformed: 'it takes optional parameters, small RSA keys and curves that disagree with the algorithm',
  attestation_invalid: 'it ignores members of a statement that it does not know',
};
/** Where it refuses and we do not: the counter, whose verdict we return beside a good signature (R2, R30). */
const replayed = (ours: ReturnType<typeof verifyAuthentication>): boolean =>
  ours.ok && ours.counterVerdict === 'replayed';

const oracleExpectations = ({ challenge, origins, rpId, topOrigins }: RegistrationInput | AuthenticationInput) => ({
  expectedChallenge: challenge,
  expectedOrigin: [...origins],
  expectedRPID: rpId,
  expectedTopOrigin: [...topOrigins],
  requireUserVerification: true,
});

const oracleOnAssertion = async (input: AuthenticationInput): Promise<boolean> => {
  const { credential, response } = input;
  const stored = { id: credential.id, publicKey: new Uint8Array(credential.publicKey), counter: credential.counter };
  return verifyAuthenticationResponse({ ...oracleExpectations(input), response, credential: stored }).then(
    ({ verified }) => verified,
    () => false,
  );
};

const oracleOnRegistration = async (input: RegistrationInput): Promise<boolean> =>
  verifyRegistrationResponse({
    ...oracleExpectations(input),
    response: input.response,
    supportedAlgorithmIDs: [...input.algorithms],
  }).then(
    ({ verified }) => verified,
    () => false,
  );

type Bytes = Uint8Array<ArrayBuffer>;
const patch = fc.tuple(fc.nat(400), fc.integer({ min: 1, max: 255 })).map(
  ([at, mask]) =>
    (bytes: Bytes): Bytes =>
      bytes.map((byte, index) => (index === at % bytes.length ? byte ^ mask : byte)),
);
const resize = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 4 }).map(
    (more) =>
      (bytes: Bytes): Bytes =>
        new Uint8Array([...bytes, ...more]),
  ),
  fc.nat(40).map(
    (cut) =>
      (bytes: Bytes): Bytes =>
        bytes.slice(0, Math.max(0, bytes.length - cut)),
  ),
);
const tamper = fc.oneof(patch, resize);

const clientData = fc.oneof(
  fc.constantFrom<[string, unknown]>(
    ['type', 'payment.get'],
    ['type', 'webauthn.get'],
    ['type', 'webauthn.create'],
    ['challenge', 'AAAA'],
    ['origin', 'https://evil.example'],
    ['crossOrigin', true],
    ['crossOrigin', 'yes'],
    ['topOrigin', 'https://shop.example'],
    ['topOrigin', 7],
    ['tokenBinding', { status: 'supported' }],
    ['other', [{}]],
  ),
  fc.tuple(fc.constantFrom('type', 'challenge', 'origin', 'crossOrigin', 'topOrigin', 'other'), fc.jsonValue()),
);

/** One ceremony spoilt in one place, or not at all. */
const spoilt: fc.Arbitrary<AlterAssertion & AlterRegistration> = fc.oneof(
  fc.constant({}),
  clientData.map(([member, value]) => ({
    clientData: (data: Record<string, unknown>) => ({ ...data, [member]: value }),
  })),
  tamper.map((clientDataJSON) => ({ clientDataJSON })),
  fc.nat(255).map((mask) => ({ flags: (flags: number) => flags ^ mask })),
  fc.nat(0xffffffff).map((counter) => ({ counter })),
  fc.nat(20).map((counter) => ({ counter })),
  tamper.map((authData) => ({ authData })),
  tamper.map((signature) => ({ signature })),
  fc.constant({ signature: withHighS }),
);

const spoiltRegistration: fc.Arbitrary<AlterRegistration> = fc.oneof(
  spoilt.filter(({ signature }) => signature !== withHighS),
  tamper.map((coseKey) => ({ coseKey })),
  tamper.map((attestationObject) => ({ attestationObject })),
);

/** Bytes of one member of `response` overwritten on the way, after the browser. */
const member = fc.constantFrom('clientDataJSON', 'authenticatorData', 'signature', 'userHandle');

const credentials = ([-7, -8, -257] as const).map((algorithm) => enroll({ algorithm }));

/**
 * It does not look at the outer tag and length of an ECDSA signature, nor at bytes after its end. The same two integers
 * in a right envelope must be a signature we accept.
 */
function rewrapped({ response: credential, ...input }: AuthenticationInput): AuthenticationInput {
  const bytes = Buffer.from(credential.response.signature, 'base64url');
  const lengthOfR = bytes[3] ?? 0;
  const length = lengthOfR + 4 + (bytes[lengthOfR + 5] ?? 0);
  const signature = toBase64Url(Buffer.concat([Buffer.from([0x30, length]), bytes.subarray(2, 2 + length)]));
  return { ...input, response: { ...credential, response: { ...credential.response, signature } } };
}

async function compareAssertion(input: AuthenticationInput): Promise<void> {
  const [ours, oracle] = [verifyAuthentication(input), await oracleOnAssertion(input)];
  if (ours.ok) expect(oracle || replayed(ours)).toBe(true);
  else if (oracle && ours.code === 'signature_invalid') expect(verifyAuthentication(rewrapped(input)).ok).toBe(true);
  else if (oracle) expect(Object.keys(DELIBERATELY_STRICTER)).toContain(ours.code);
}

describe('our verdict beside SimpleWebAuthn’s', () => {
  test('both accept what is right', async () => {
    for (const enrolled of credentials) expect(await oracleOnAssertion(assertion(enrolled))).toBe(true);
    for (const attestation of ['none', 'packed-self', 'packed'] as const)
      expect(await oracleOnRegistration(registration({ attestation }))).toBe(true);
  });

  test('R13 · assertions: never laxer, and stricter only for a reason in the table', async () => {
    const inputs = fc.tuple(fc.constantFrom(...credentials), spoilt, fc.nat(30));
    await fc.assert(
      fc.asyncProperty(inputs, async ([enrolled, alter, counter]) => {
        const high = alter.signature === withHighS && enrolled.credential.algorithm !== -7;
        const input = assertion(enrolled, high ? {} : alter);
        await compareAssertion({ ...input, credential: { ...input.credential, counter } });
      }),
      { numRuns: 600 },
    );
  });

  test('R13 · assertions changed on the way: never laxer', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...credentials), member, tamper, async (enrolled, name, change) => {
        const input = assertion(enrolled);
        const inner: Record<string, unknown> = { ...input.response.response };
        inner[name] = toBase64Url(change(new Uint8Array(Buffer.from(String(inner[name]), 'base64url'))));
        const response = { ...input.response, response: inner } as unknown as AuthenticationInput['response'];
        await compareAssertion({ ...input, response });
      }),
      { numRuns: 300 },
    );
  });

  test('BCB-1.packed · registrations: never laxer, and stricter only for a reason in the table', async () => {
    const kinds = fc.constantFrom('none' as const, 'packed-self' as const, 'packed' as const);
    await fc.assert(
      fc.asyncProperty(kinds, spoiltRegistration, async (attestation, alter) => {
        const input = registration({ attestation }, alter);
        const [ours, oracle] = [verifyRegistration(input), await oracleOnRegistration(input)];
        if (ours.ok) expect(oracle).toBe(true);
        else if (oracle) expect(Object.keys(DELIBERATELY_STRICTER)).toContain(ours.code);
      }),
      { numRuns: 600 },
    );
  });
});
