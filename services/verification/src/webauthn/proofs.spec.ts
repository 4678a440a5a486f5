import { describe, expect, test } from '@jest/globals';
import { isRefusal } from '@countersign/kernel';
import fc from 'fast-check';
import type { Expectation } from '../ports.js';
import { WebAuthnProofs } from './proofs.js';

const proofs = new WebAuthnProofs();
const base64Url = (value: string): string => Buffer.from(value, 'utf8').toString('base64url');

const EXPECTED: Expectation = {
  challenge: 'AAAA',
  origins: ['https://bank.example'],
  rpId: 'bank.example',
  userVerification: 'required',
  algorithms: [-7],
  allowCredentials: [],
};

/** Reads and judges as a sign-in does; anything thrown that is no refusal is a defect. */
function outcome(credential: string): string {
  try {
    const verdict = proofs.judge(proofs.read(credential), EXPECTED);
    return verdict.ok ? 'passed' : verdict.code;
  } catch (error) {
    if (isRefusal(error) && error.kind === 'invalid') return error.code;
    throw error;
  }
}

/** Of the outer form of a credential, with anything at all inside. */
const envelope = fc.record({
  id: fc.constant('aWQ'),
  rawId: fc.constant('aWQ'),
  type: fc.constant('public-key'),
  response: fc.record({
    clientDataJSON: fc.oneof(
      fc.json().map(base64Url),
      fc
        .record({ type: fc.string(), challenge: fc.string(), origin: fc.string() })
        .map((data) => base64Url(JSON.stringify(data))),
      fc.string(),
    ),
    authenticatorData: fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString('base64url')),
      fc.anything(),
    ),
    signature: fc.oneof(fc.base64String(), fc.anything()),
    userHandle: fc.oneof(fc.base64String(), fc.anything()),
  }),
});

describe('what comes from outside', () => {
  test('any text is refused, and nothing crashes', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => expect(outcome(text)).not.toBe('passed')));
  });

  test('any content of a credential is refused, and nothing crashes', () => {
    const text = envelope.map((value) => JSON.stringify(value));
    fc.assert(
      fc.property(text, (credential) => expect(outcome(credential)).not.toBe('passed')),
      { numRuns: 500 },
    );
  });

  test('bombs are refused by their size before they are read', () => {
    expect(outcome('['.repeat(48 * 1024 + 1))).toBe('credential_malformed');
    expect(outcome('['.repeat(48 * 1024))).toBe('credential_malformed');
    expect(outcome(`{"a":`.repeat(8_000))).toBe('credential_malformed');
  });
});
