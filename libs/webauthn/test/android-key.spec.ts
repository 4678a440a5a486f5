import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import {
  authorization,
  KEY_DESCRIPTION,
  keyDescription,
  type AlterRegistration,
  type AndroidKeyProfile,
  type CborValue,
} from '@countersign/testing';
import { ACCEPTED, google, judge, said } from './android.js';

const { allApplications, origin, other, purposes } = authorization;

const changed = (name: string, value?: CborValue): AlterRegistration => ({
  attestationStatement: (statement) => {
    const copy = new Map(statement);
    if (value === undefined) copy.delete(name);
    else copy.set(name, value);
    return copy;
  },
});

describe('android-key attestation', () => {
  test.each([-7, -8, -257] as const)(
    'BCB-1.android-key · a key that a device describes is anchored (%d)',
    (algorithm) => {
      expect(judge({}, { algorithm })).toMatchObject(ACCEPTED);
    },
  );

  test.each([1, 2, 3, 4, 100, 200, 300, 400])('BCB-1.android-key · version %d is read', (version) => {
    expect(judge({ version })).toMatchObject(ACCEPTED);
  });

  test.each([0, 5, 99, 500])('BCB-1.android-key · version %d is refused', (version) => {
    expect(judge({ version })).toMatchObject(google('version'));
  });

  test.each<[string, AlterRegistration, string]>([
    ['whose signature is another', { signature: (bytes) => bytes.with(20, (bytes[20] ?? 0) ^ 1) }, 'signature'],
    ['whose algorithm is another', changed('alg', -257), 'alg is not the credential’s'],
    ['without certificates', changed('x5c', []), 'x5c'],
    ...['alg', 'sig', 'x5c'].map<[string, AlterRegistration, string]>((name) => [
      `without ${name}`,
      changed(name),
      'a member is missing, unknown or of another type',
    ]),
    ['with a further member', changed('ver', '2.0'), 'a member is missing, unknown or of another type'],
    ['whose sig is text', changed('sig', 'text'), 'a member is missing, unknown or of another type'],
    ['whose alg is text', changed('alg', 'text'), 'a member is missing, unknown or of another type'],
    [
      'with another member in place of x5c',
      { attestationStatement: (statement) => new Map([...statement].map(([k, v]) => [k === 'x5c' ? 'x5d' : k, v])) },
      'a member is missing, unknown or of another type',
    ],
  ])('BCB-1.android-key · a statement %s is refused', (_name, alter, rule) => {
    expect(judge({}, { alter })).toMatchObject(said(rule));
  });

  test.each([-7, -8, -257] as const)(
    'BCB-1.android-key · a certificate for another key is refused (%d)',
    (algorithm) => {
      const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      expect(judge({ leaf: { keys } }, { algorithm })).toMatchObject(
        said('certificate is not for the credential’s key'),
      );
    },
  );

  test('BCB-1.android-key · a certificate that describes no key is refused', () => {
    expect(judge({ leaf: { extensions: [] } })).toMatchObject(said('no key description'));
  });

  test('BCB-1.android-key · a description may be critical', () => {
    const critical = (value: Uint8Array) => ({
      leaf: { extensions: [{ id: KEY_DESCRIPTION, critical: true, value }] },
    });
    expect(judge(critical(keyDescription(new Uint8Array(32))))).toMatchObject(said('attestation challenge'));
  });
});

describe('what the device says of the key (§8.4)', () => {
  test.each<[string, AndroidKeyProfile]>([
    [
      'further entries nobody knows',
      { teeEnforced: [purposes(2), origin(0), other(720), other(16_384), other(30_000), other(99_999)] },
    ],
    ['an entry with a short tag', { teeEnforced: [purposes(2), other(30), other(31), other(127), origin(0)] }],
    ['verifying beside signing', { teeEnforced: [purposes(2, 3), origin(0)] }],
    ['StrongBox', { attestationLevel: 2 }],
    ['origin and purpose of software, which nobody believes', { softwareEnforced: [purposes(0), origin(2)] }],
  ])('BCB-1.android-key · a description with %s is taken', (_name, profile) => {
    expect(judge(profile)).toMatchObject(ACCEPTED);
  });

  test.each<[string, AndroidKeyProfile, object]>([
    ['of another ceremony', { challenge: new Uint8Array(32) }, said('attestation challenge')],
    ['of no ceremony', { challenge: new Uint8Array() }, said('attestation challenge')],
    [
      'of a key for all applications, says the hardware',
      { teeEnforced: [purposes(2), allApplications(), origin(0)] },
      said('all applications may use the key'),
    ],
    [
      'of a key for all applications, says the software',
      { softwareEnforced: [allApplications()] },
      said('all applications may use the key'),
    ],
    ['without origin', { teeEnforced: [purposes(2)] }, said('origin')],
    ['of an imported key', { teeEnforced: [purposes(2), origin(2)] }, said('origin')],
    ['whose origin only software says', { teeEnforced: [purposes(2)], softwareEnforced: [origin(0)] }, said('origin')],
    ['without purpose', { teeEnforced: [origin(0)] }, said('purpose')],
    ['with no purpose in the set', { teeEnforced: [purposes(), origin(0)] }, said('purpose')],
    ['of a key that only verifies', { teeEnforced: [purposes(3), origin(0)] }, said('purpose')],
    ['of a key that also decrypts', { teeEnforced: [purposes(1, 2), origin(0)] }, said('purpose')],
    ['of a key that attests others', { teeEnforced: [purposes(2, 7), origin(0)] }, said('purpose')],
    [
      'whose purpose only software says',
      { teeEnforced: [origin(0)], softwareEnforced: [purposes(2)] },
      said('purpose'),
    ],
    ['of a key in software', { attestationLevel: 0 }, google('security level')],
    ['of a level that does not exist', { attestationLevel: 3 }, google('security level')],
    ['whose levels differ', { attestationLevel: 2, keyMintLevel: 1 }, google('security levels differ')],
  ])('BCB-1.android-key · a description %s is refused', (_name, profile, verdict) => {
    expect(judge(profile)).toMatchObject(verdict);
  });

  test.each<[string, AndroidKeyProfile, object]>([
    [
      'origin and purpose of software are believed',
      { teeEnforced: [], softwareEnforced: [purposes(2), origin(0)] },
      ACCEPTED,
    ],
    ['a key in software is one', { attestationLevel: 0 }, { ...ACCEPTED, credential: { keyProtection: ['software'] } }],
    ['levels may differ', { attestationLevel: 2, keyMintLevel: 1 }, ACCEPTED],
    ['a level has to exist', { attestationLevel: 3 }, google('security level')],
    ['empty lists say nothing', { teeEnforced: [], softwareEnforced: [] }, said('origin')],
    ['neither list may say otherwise', { softwareEnforced: [origin(2)] }, said('origin')],
    ['nor name another purpose', { softwareEnforced: [purposes(1)] }, said('purpose')],
    [
      'an entry for all applications stays one',
      { softwareEnforced: [allApplications()] },
      said('all applications may use the key'),
    ],
  ])('BCB-1.android-key · by the letter of the standard %s', (_name, profile, verdict) => {
    expect(judge(profile, { policy: { strict: false } })).toMatchObject(verdict);
  });

  test.each([
    [1, ['hardware', 'tee']],
    [2, ['hardware', 'secure_element']],
  ])('BCB-1.android-key · security level %d tells where the key lives', (attestationLevel, keyProtection) => {
    expect(judge({ attestationLevel })).toMatchObject({ ok: true, credential: { keyProtection } });
  });
});
