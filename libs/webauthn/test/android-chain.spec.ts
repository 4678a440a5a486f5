import { describe, expect, test } from '@jest/globals';
import {
  der,
  KEY_DESCRIPTION,
  keyDescription,
  TestAttestationCa,
  type AlterRegistration,
  type CborValue,
  type LeafProfile,
} from '@countersign/testing';
import { readRevocationList, type AttestationPolicy } from '../src/index.js';
import { ACCEPTED, google, judge, root, UNTRUSTED } from './android.js';
import { NOW } from './fixtures.js';

const HOUR_AGO = new Date(NOW.getTime() - 3_600_000);
const TOMORROW = new Date(NOW.getTime() + 86_400_000);

const REVOKED = { ...google('a certificate is revoked'), code: 'attestation_revoked' };

describe('the chain', () => {
  const factory = (level: string, profile: LeafProfile = {}) =>
    new TestAttestationCa('Factory', root, { subject: { serialNumber: 'e18c4f2ca699739a', title: level }, ...profile });
  const remote = (profile: LeafProfile = {}) =>
    new TestAttestationCa('Droid CA2', root, {
      extensions: [{ id: '1.3.6.1.4.1.11129.2.1.30', value: der.nothing() }],
      ...profile,
    });
  const past = { notAfter: HOUR_AGO };
  const future = { notBefore: TOMORROW };

  test('BCB-1.android-key · without the anchor the chain leads nowhere', () => {
    expect(judge({}, { policy: { anchors: [] } })).toMatchObject(UNTRUSTED);
  });

  test('BCB-1.android-key · it may leave out its root, and may bring it', () => {
    const batch = factory('TEE');
    expect(judge({}, { above: [batch] })).toMatchObject(ACCEPTED);
    expect(judge({}, { above: [batch, root] })).toMatchObject(ACCEPTED);
  });

  test.each<[string, () => TestAttestationCa, LeafProfile, object]>([
    ['a leaf whose clock was wrong', () => factory('TEE'), past, ACCEPTED],
    ['a leaf from the future', () => factory('TEE'), future, ACCEPTED],
    ['a leaf of a remotely provisioned key whose clock was wrong', () => remote(), past, ACCEPTED],
    ['an expired factory key', () => factory('TEE', past), {}, ACCEPTED],
    ['an expired factory key of a StrongBox', () => factory('StrongBox', past), {}, ACCEPTED],
    ['a factory key from the future', () => factory('TEE', future), {}, UNTRUSTED],
    ['an expired remotely provisioned key', () => remote(past), {}, UNTRUSTED],
    ['a remotely provisioned key from the future', () => remote(future), {}, UNTRUSTED],
    [
      'an expired key that says nothing of the factory',
      () => new TestAttestationCa('Plain', root, past),
      {},
      UNTRUSTED,
    ],
    ['an expired key with another title', () => factory('Phone', past), {}, UNTRUSTED],
    [
      'an expired key with a title and no serial number',
      () => new TestAttestationCa('Titled', root, { subject: { title: 'TEE' }, ...past }),
      {},
      UNTRUSTED,
    ],
    [
      'an expired key with a serial number and no title',
      () => new TestAttestationCa('Numbered', root, { subject: { serialNumber: 'e18c4f2ca699739a' }, ...past }),
      {},
      UNTRUSTED,
    ],
    [
      'an expired key that looks like both',
      () => factory('TEE', { ...past, extensions: [{ id: '1.3.6.1.4.1.11129.2.1.30', value: der.nothing() }] }),
      {},
      UNTRUSTED,
    ],
  ])('BCB-1.android-key · dates: %s', (_name, make, leaf, verdict) => {
    expect(judge({ leaf }, { above: [make()] })).toMatchObject(verdict);
  });

  test('BCB-1.android-key · one certificate of the chain tells how it was provisioned, whatever the others say', () => {
    const under = (authority: TestAttestationCa) => [new TestAttestationCa('Attestation', authority, past), authority];
    expect(judge({}, { above: under(factory('TEE', past)) })).toMatchObject(ACCEPTED);
    expect(judge({}, { above: under(remote(past)) })).toMatchObject(UNTRUSTED);
    const titled = { subject: { serialNumber: '1', title: 'TEE' }, ...past };
    const authority = remote(past);
    expect(judge({}, { above: [new TestAttestationCa('Both', authority, titled), authority] })).toMatchObject(
      UNTRUSTED,
    );
  });

  test('BCB-1.android-key · a leaf that names itself after the factory changes nothing for those above', () => {
    const subject = { serialNumber: 'e18c4f2ca699739a', title: 'TEE' };
    const above = [new TestAttestationCa('Plain', root, past)];
    expect(judge({ leaf: { subject } }, { above })).toMatchObject(UNTRUSTED);
  });

  test('BCB-1.android-key · an attested key that issues a further certificate is found out', () => {
    const description = { id: KEY_DESCRIPTION, value: keyDescription(new Uint8Array(32)) };
    const attested = new TestAttestationCa('Attested', root, { extensions: [description] });
    expect(judge({}, { above: [attested] })).toMatchObject(google('a second certificate describes a key'));
  });
});

describe('revoked keys', () => {
  const serial = Buffer.from('0badcafe', 'hex');
  const batch = new TestAttestationCa('Batch', root, { serial });
  const list = (entries: unknown) => readRevocationList(JSON.stringify({ entries }));
  const judged = (revoked: AttestationPolicy['revoked'], leaf: LeafProfile = {}) =>
    judge({ leaf }, { above: [batch], policy: { revoked } });

  test.each(['REVOKED', 'SUSPENDED'])('BCB-1.android-key · a certificate that is %s voids the chain', (status) => {
    expect(judged(list({ badcafe: { status } }))).toMatchObject(REVOKED);
  });

  test('BCB-1.android-key · the leaf counts like those above it', () => {
    const revoked = list({ '77': { status: 'REVOKED', reason: 'KEY_COMPROMISE' } });
    expect(judged(revoked, { serial: Buffer.from('77', 'hex') })).toMatchObject(REVOKED);
    expect(judged(revoked)).toMatchObject(ACCEPTED);
  });

  test('BCB-1.android-key · serial numbers are compared as numbers', () => {
    expect(judged(list({ '00BADCAFE': { status: 'REVOKED' } }))).toMatchObject({ ok: false });
    expect(judged(list({ badcaf: { status: 'REVOKED' } }))).toMatchObject(ACCEPTED);
    const entry = { status: 'REVOKED' };
    expect(list({ '000': entry, '00BAD': entry, '1002': entry })).toEqual(
      new Map(['0', 'bad', '1002'].map((serial) => [serial, 'REVOKED'])),
    );
  });

  test('BCB-1.android-key · an anchor that is listed vouches for nobody, also where the chain leaves it out', () => {
    const without: AlterRegistration = {
      attestationStatement: (statement) =>
        new Map(statement).set('x5c', (statement.get('x5c') as CborValue[]).slice(0, 1)),
    };
    const by = (serial: string, anchors = [batch.certificate, new Uint8Array(3)]) =>
      judge(
        {},
        { above: [batch], alter: without, policy: { anchors, revoked: list({ [serial]: { status: 'REVOKED' } }) } },
      );
    expect(by('badcafe')).toMatchObject(REVOKED);
    expect(by('badcaf')).toMatchObject(ACCEPTED);
    const other = new TestAttestationCa('Other', root, { serial: Buffer.from('0badc0de', 'hex') });
    expect(by('badc0de', [batch.certificate, other.certificate])).toMatchObject(ACCEPTED);
  });

  test('BCB-1.android-key · a listed anchor is found from whichever certificate it issued', () => {
    const middle = new TestAttestationCa('Middle', batch);
    const by = (serial: string) =>
      judge(
        {},
        {
          above: [middle],
          policy: { anchors: [batch.certificate], revoked: list({ [serial]: { status: 'REVOKED' } }) },
        },
      );
    expect(by('badcafe')).toMatchObject(REVOKED);
    expect(by('badcaf')).toMatchObject(ACCEPTED);
  });

  test('BCB-1.android-key · a status of 64 characters is not too long', () => {
    const status = 'X'.repeat(64);
    expect(list({ badcafe: { status } })).toEqual(new Map([['badcafe', status]]));
  });

  test('BCB-1.android-key · a negative serial number is one, and keeps no list out', () => {
    const entry = { status: 'REVOKED' };
    expect(list({ '-81': entry, '-00FF': entry, '-0': entry })).toEqual(
      new Map(['-81', '-ff', '-0'].map((serial) => [serial, 'REVOKED'])),
    );
  });

  test('BCB-1.android-key · an empty list revokes nobody', () => {
    expect(judged(list({}))).toMatchObject(ACCEPTED);
  });

  test.each([
    ['no JSON', '{'],
    ['an array', '[]'],
    ['null', 'null'],
    ['without entries', '{}'],
    ['with entries that are an array', '{"entries":[]}'],
    ['with a serial that is none', '{"entries":{"xyz":{"status":"REVOKED"}}}'],
    ['with an empty serial', '{"entries":{"":{"status":"REVOKED"}}}'],
    ['with a serial that has more to it', '{"entries":{"0x12":{"status":"REVOKED"}}}'],
    ['with an entry that is text', '{"entries":{"12":"REVOKED"}}'],
    ['with an entry without status', '{"entries":{"12":{}}}'],
    ['with an entry of empty status', '{"entries":{"12":{"status":""}}}'],
    ['with a status too long to be told', `{"entries":{"12":{"status":"${'R'.repeat(65)}"}}}`],
    ['with a sign and no number', '{"entries":{"-":{"status":"REVOKED"}}}'],
    ['with one good and one bad entry', '{"entries":{"12":{"status":"REVOKED"},"13":{"status":1}}}'],
  ])('BCB-1.android-key · a list that cannot be read revokes everybody: %s', (_name, text) => {
    expect(readRevocationList(text)).toBe('unreadable');
    expect(judged(readRevocationList(text))).toMatchObject(google('the revocation list cannot be read'));
  });
});
