import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { CODES } from '@countersign/kernel';
import { TestAttestationCa } from '@countersign/testing';
import fc from 'fast-check';
import { judgeRecordedCase } from '../src/index.js';
import { recordedAuthentication, recordedRegistration, type Recorded } from './recorded.js';

const AAGUID = '11111111-2222-3333-4444-555555555555';
const verdictOf = (recorded: unknown): string => {
  const { verdict } = judgeRecordedCase(recorded);
  return verdict.code ?? verdict.verdict;
};
const reasonOf = (recorded: unknown): string | undefined => judgeRecordedCase(recorded).unreadable;
const without = (recorded: Recorded, name: string): Recorded =>
  Object.fromEntries(Object.entries(recorded).filter(([member]) => member !== name));

const registered = recordedRegistration({ attestation: 'packed', aaguid: AAGUID });
const signedIn = recordedAuthentication();

describe('a recorded case', () => {
  test('BCB-1.device · is accepted with nothing to add, or refused with code and clause', () => {
    expect(judgeRecordedCase(registered)).toEqual({
      verdict: { id: 'r', verdict: 'accept', code: null, clause: null },
    });
    expect(judgeRecordedCase(signedIn).verdict.verdict).toBe('accept');
    expect(judgeRecordedCase({ ...signedIn, challenge: 'AAAA' })).toEqual({
      verdict: { id: 'a', verdict: 'reject', code: 'challenge_mismatch', clause: 'WebAuthn L3 §7.2 step 11' },
    });
  });

  test.each<[string, Recorded, string]>([
    ['another origin', { origins: ['https://evil.example'] }, 'origin_not_allowed'],
    ['another RP id', { rpId: 'evil.example' }, 'rp_id_mismatch'],
    ['an algorithm that is not listed', { algorithms: [-8] }, 'algorithm_not_allowed'],
    ['another credential asked for', { allowCredentials: ['AAAA'] }, 'credential_not_allowed'],
  ])('BCB-1.device · judged by what came with it: %s', (_name, change, code) => {
    expect(verdictOf({ ...signedIn, ...change })).toBe(code);
  });

  test('R10 · user verification is required unless the case says otherwise', () => {
    const unverified = recordedAuthentication({ userVerification: false });
    expect(verdictOf(unverified)).toBe('user_verification_missing');
    expect(verdictOf(without(unverified, 'userVerification'))).toBe('user_verification_missing');
    for (const userVerification of ['preferred', 'discouraged'])
      expect(verdictOf({ ...unverified, userVerification })).toBe('accept');
  });

  test('R2 · a counter that did not move is refused, unless the case accepts it', () => {
    const replayed = recordedAuthentication({ counter: 'increment' }, { counter: 1 });
    expect(verdictOf(replayed)).toBe('counter_replayed');
    expect(verdictOf({ ...replayed, policy: { counter: 'accept' } })).toBe('accept');
    expect(verdictOf(recordedAuthentication({ counter: 'increment' }))).toBe('accept');
  });

  test('BCB-1.device · where no credentials were named, the user handle says whose it is', () => {
    expect(verdictOf(without(signedIn, 'allowCredentials'))).toBe('accept');
    const credential = { ...(signedIn['credential'] as Recorded), userHandle: null };
    expect(verdictOf({ ...signedIn, allowCredentials: [], credential })).toBe('user_handle_mismatch');
    expect(verdictOf({ ...signedIn, credential })).toBe('accept');
    const named = [{ id: (signedIn['credential'] as Recorded)['id'], type: 'public-key' }];
    expect(verdictOf({ ...signedIn, allowCredentials: named })).toBe('accept');
  });
});

describe('without a policy', () => {
  test('BCB-1.none · none and self attestation are accepted', () => {
    expect(verdictOf(recordedRegistration())).toBe('accept');
    expect(verdictOf(recordedRegistration({ attestation: 'packed-self' }))).toBe('accept');
  });

  test('BCB-1.packed · a chain must end at a given anchor', () => {
    expect(verdictOf({ ...registered, anchors: [] })).toBe('attestation_untrusted');
    expect(verdictOf(without(registered, 'anchors'))).toBe('attestation_untrusted');
    expect(verdictOf({ ...registered, policy: { untrusted: 'none' }, anchors: [] })).toBe('accept');
  });

  test('BCB-1.fido-u2f · the standard’s letter holds, and the platform’s own rules where the case asks for them', () => {
    const named = recordedRegistration({ attestation: 'fido-u2f', algorithm: -7, aaguid: AAGUID });
    expect(verdictOf(named)).toBe('accept');
    expect(verdictOf({ ...named, policy: { strict: true } })).toBe('attestation_invalid');
  });

  test('BCB-1.tpm · a statement signed with SHA-1 passes by the letter, and not strictly', () => {
    const sha1 = recordedRegistration({ attestation: 'tpm', aaguid: AAGUID, tpm: { algorithm: -65535 } });
    expect(verdictOf(sha1)).toBe('accept');
    expect(verdictOf({ ...sha1, policy: { strict: true } })).toBe('attestation_invalid');
    expect(verdictOf({ ...sha1, policy: { strict: true, sha1Statements: true } })).toBe('accept');
    expect(verdictOf({ ...sha1, policy: { sha1Statements: false } })).toBe('attestation_invalid');
  });

  test('R11 · framing is expected where top origins are listed', () => {
    const { response } = recordedRegistration({}, { clientData: (data) => ({ ...data, crossOrigin: true }) });
    const framed = { ...recordedRegistration(), response };
    expect(verdictOf(framed)).toBe('cross_origin_not_allowed');
    expect(verdictOf({ ...framed, topOrigins: ['https://portal.example'] })).toBe('accept');
    const strict = { ...framed, topOrigins: ['https://portal.example'], policy: { strict: true } };
    expect(verdictOf(strict)).toBe('cross_origin_not_allowed');
  });
});

describe('with a policy', () => {
  test('BCB-1.packed · only the levels it accepts', () => {
    const policy = { accept: ['anchored'] };
    expect(verdictOf({ ...registered, policy })).toBe('accept');
    expect(verdictOf({ ...recordedRegistration(), policy })).toBe('attestation_not_accepted');
  });

  test('BCB-1.packed · of several statements as many as it asks for', () => {
    const mixed = recordedRegistration({ attestation: 'compound', statements: ['packed-self', 'apple'] });
    const accept = ['anchored'];
    expect(verdictOf({ ...mixed, policy: { accept } })).toBe('attestation_untrusted');
    expect(verdictOf({ ...mixed, policy: { accept, compound: 1 } })).toBe('accept');
  });

  test('BCB-1.apple · sets that ship are trusted only where they are named, and vouch for none but their own', () => {
    expect(verdictOf({ ...registered, anchors: [], policy: { anchorSets: ['apple', 'android', 'nobody'] } })).toBe(
      'attestation_untrusted',
    );
  });
});

describe('time', () => {
  const until = new Date('2026-01-01T00:00:00Z');
  const ca = new TestAttestationCa();
  const issuer = { certificate: ca.certificate, issue: (profile: object) => ca.issue({ ...profile, notAfter: until }) };
  const brief = recordedRegistration({ attestation: 'packed', ca: issuer });

  test.each<[string, unknown, string]>([
    ['with a zone', '2025-12-31T23:00:00+01:00', 'accept'],
    ['in UTC', '2026-01-01T00:00:00Z', 'accept'],
    ['without a zone, which is UTC', '2026-01-01T00:00:00.000', 'accept'],
    ['as a day', '2025-12-31', 'accept'],
    ['in milliseconds', until.getTime(), 'accept'],
    ['in seconds', until.getTime() / 1000, 'accept'],
    ['a second later', '2026-01-01T00:00:01Z', 'attestation_untrusted'],
    ['a second later in seconds', until.getTime() / 1000 + 1, 'attestation_untrusted'],
    ['a zone that makes it later', '2026-01-01T00:00:00-01:00', 'attestation_untrusted'],
    ['absent: now', undefined, 'attestation_untrusted'],
    ['no date', 'yesterday', 'recorded_case_malformed'],
    ['a day that is none', '2026-13-01', 'recorded_case_malformed'],
  ])('BCB-1.device · injected %s', (_name, now, code) => {
    expect(verdictOf({ ...brief, now })).toBe(code);
  });
});

describe('what is no case', () => {
  test.each<[string, unknown]>([
    ['a number', 7],
    ['null', null],
    ['a list', []],
    ['an empty object', {}],
    ...Object.entries({
      id: [undefined, true, 'x'.repeat(257)],
      kind: [undefined, 'payment', '__proto__'],
      response: [undefined, null, 'text', []],
      challenge: [undefined, '', 7],
      origins: [undefined, [], 'https://bank.example', [7]],
      rpId: [undefined, ''],
      topOrigins: ['https://bank.example'],
      userVerification: ['maybe'],
      algorithms: ['ES256', ['ES256'], [1.5]],
      anchors: ['text', ['text'], [7], ['-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----']],
      allowCredentials: ['text', [7]],
      policy: ['strict', { accept: [] }, { accept: ['any'] }, { unknown: true }, { compound: 0 }, { strict: 'yes' }],
      credential: [undefined, null, {}, 'text'],
    }).flatMap(([name, values]) =>
      values.map((value): [string, unknown] => [
        `${name}: ${JSON.stringify(value)}`.slice(0, 60),
        { ...signedIn, [name]: value },
      ]),
    ),
  ])('%s is refused, and the member named', (name, value) => {
    expect(verdictOf(value)).toBe('recorded_case_malformed');
    const [member = ''] = name.split(':');
    if (name.includes(':')) expect(reasonOf(value)).toContain(member);
  });

  test('the stored credential must be readable', () => {
    const credential = signedIn['credential'] as Recorded;
    for (const change of [{ id: 7 }, { publicKey: 'a=' }, { counter: -1 }, { counter: 2 ** 32 }, { backupEligible: 1 }])
      expect(reasonOf({ ...signedIn, credential: { ...credential, ...change } })).toContain('credential.');
    expect(verdictOf({ ...signedIn, credential: { ...credential, publicKey: 'AAAA' } })).toBe('public_key_malformed');
    expect(verdictOf({ ...signedIn, credential: without(credential, 'backupEligible') })).toBe('accept');
  });

  test('notes beside the members are passed over; an id may be a number and is given back', () => {
    expect(verdictOf({ ...signedIn, note: 'from a phone', expected: { verdict: 'reject' } })).toBe('accept');
    expect(judgeRecordedCase({ ...signedIn, id: 7 }).verdict.id).toBe(7);
    expect(judgeRecordedCase({ id: 'only' }).verdict.id).toBe('only');
    expect(judgeRecordedCase({ id: {} }).verdict.id).toBeNull();
  });
});

describe('whatever it is given', () => {
  const isVerdict = (value: unknown): void => {
    const { verdict } = judgeRecordedCase(value);
    expect(Object.keys(verdict)).toEqual(['id', 'verdict', 'code', 'clause']);
    if (verdict.verdict === 'reject') expect(CODES).toHaveProperty(verdict.code ?? '');
  };

  test('BCB-1.device · any JSON gets a verdict', () => {
    fc.assert(fc.property(fc.jsonValue(), isVerdict), { numRuns: 300 });
  });

  test('BCB-1.device · a case with any member replaced gets a verdict', () => {
    const cases = [registered, signedIn, recordedRegistration({ attestation: 'compound' })];
    const replaced = fc
      .constantFrom(...cases)
      .chain((recorded) => fc.tuple(fc.constant(recorded), fc.constantFrom(...Object.keys(recorded)), fc.jsonValue()));
    fc.assert(
      fc.property(replaced, ([recorded, name, value]) => isVerdict({ ...recorded, [name]: value })),
      { numRuns: 500 },
    );
  });

  test('BCB-1.device · a response with any member replaced, or any byte changed, gets a verdict and is never accepted', () => {
    const response = registered['response'] as { response: Record<string, string> };
    const object = Buffer.from(response.response['attestationObject'] ?? '', 'base64url');
    const altered = fc.tuple(fc.nat(object.length - 1), fc.integer({ min: 1, max: 255 })).map(([at, mask]) => {
      const bytes = Buffer.from(object);
      bytes[at] = (bytes[at] ?? 0) ^ mask;
      return bytes.toString('base64url');
    });
    fc.assert(
      fc.property(fc.oneof(altered, fc.jsonValue()), (attestationObject) => {
        const spoilt = { ...response, response: { ...response.response, attestationObject } };
        isVerdict({ ...registered, response: spoilt });
        expect(verdictOf({ ...registered, response: spoilt })).not.toBe('accept');
      }),
      { numRuns: 500 },
    );
  });
});

describe('the documentation', () => {
  test('tells every member of a case and of its policy', () => {
    const text = readFileSync('docs/integrators/verify-recorded.md', 'utf8');
    const members = Object.keys({ ...registered, ...signedIn, topOrigins: 0, policy: 0 });
    const policy = ['accept', 'untrusted', 'strict', 'sha1Statements', 'compound', 'counter', 'anchorSets'];
    expect([...members, ...policy].filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
  });
});
