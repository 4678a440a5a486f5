import { describe, expect, test } from '@jest/globals';
import {
  crlExtensions,
  METADATA_SIGNER,
  MetadataIssuer,
  metadataPayload,
  signBlob,
  signCrl,
  TestMetadataService,
  type TestCrl,
} from '@countersign/testing';
import fc from 'fast-check';
import { BlobRefused, crlLocations, MAX_CRL_BYTES, readCrl, verifyBlob } from '../src/index.js';

const NOW = new Date('2026-11-22T12:00:00Z');
const URL = 'http://crl.example';
const service = new TestMetadataService('rsa', 'ec', URL);
const { root, intermediate, signer } = service;
const trust = { roots: [root.certificate], signer: METADATA_SIGNER };
const text = service.blob(1, []);
const [ofRoot, ofIntermediate] = [signCrl(root), signCrl(intermediate)];

/** Of which certificates nothing is known, or why the BLOB was refused; any other error fails the test. */
function outcome(crls: readonly Uint8Array[], required = false, blob = text): readonly string[] | string {
  try {
    return verifyBlob({ ...trust, text: blob, now: NOW, heldNo: 0, revocation: { crls, required } }).unchecked ?? [];
  } catch (error) {
    if (error instanceof BlobRefused) return error.fault;
    throw error;
  }
}

/** What a list of the intermediate authority tells about the signer, next to a good one of the root. */
const withList = (profile: TestCrl, by: MetadataIssuer = intermediate) => outcome([ofRoot, signCrl(by, profile)]);

describe('revocation of the certificates over a BLOB’s signer', () => {
  test('BCB-1.mds · every certificate but the anchor is looked up in the list of its own issuer', () => {
    expect(outcome([ofRoot, ofIntermediate], true)).toEqual([]);
    expect(outcome([ofRoot])).toEqual(['missing']);
    expect(outcome([])).toEqual(['missing', 'missing']);
    const direct = root.issue({ dnsName: METADATA_SIGNER });
    expect(outcome([ofRoot], true, signBlob(metadataPayload(1, []), direct))).toEqual([]);
    expect(outcome([signCrl(root, { revoked: [root.serial] }), ofIntermediate])).toEqual([]);
  });

  test('BCB-1.mds · where it is required, one of which nothing is known refuses', () => {
    expect([[], [ofRoot], [ofIntermediate]].map((crls) => outcome(crls, true))).toEqual(
      Array(3).fill('revocation_unknown'),
    );
  });

  test.each([true, false])('BCB-1.mds · a revoked signer or authority refuses, required or not (%s)', (required) => {
    const others = Array.from({ length: 1_500 }, (_, n) => Buffer.from([2, n >> 8, n & 0xff]));
    const signerRevoked = signCrl(intermediate, { revoked: [...others, signer.serial] });
    expect(outcome([ofRoot, signerRevoked], required)).toBe('chain_revoked');
    expect(outcome([signerRevoked], required)).toBe('chain_revoked');
    expect(outcome([signCrl(root, { revoked: [intermediate.serial] }), ofIntermediate], required)).toBe(
      'chain_revoked',
    );
    expect(outcome([ofRoot, signCrl(intermediate, { revoked: others })], required)).toEqual([]);
  });

  test('BCB-1.mds · serial numbers are compared by value', () => {
    expect(withList({ revoked: [Buffer.concat([Buffer.alloc(2), signer.serial])] })).toBe('chain_revoked');
  });

  test('BCB-1.mds · a list counts from its day to the next one’s; whom an expired one names stays revoked', () => {
    const [before, after] = [new Date(NOW.getTime() - 1000), new Date(NOW.getTime() + 1000)];
    expect(withList({ nextUpdate: before })).toEqual(['not_current']);
    expect(withList({ thisUpdate: after })).toEqual(['not_current']);
    expect(withList({ thisUpdate: NOW, nextUpdate: NOW })).toEqual([]);
    expect(withList({ nextUpdate: before, revoked: [signer.serial] })).toBe('chain_revoked');
    expect(withList({ nextUpdate: null })).toEqual(['missing']);
  });

  test('BCB-1.mds · of several lists the newest counts', () => {
    const old = signCrl(intermediate, { thisUpdate: new Date('2026-01-01'), revoked: [signer.serial] });
    const fresh = signCrl(intermediate, { thisUpdate: new Date('2026-11-01') });
    for (const crls of [
      [ofRoot, old, fresh],
      [fresh, old, ofRoot],
    ])
      expect(outcome(crls)).toEqual([]);
    const later = signCrl(intermediate, { thisUpdate: new Date('2026-11-02'), revoked: [signer.serial] });
    expect(outcome([ofRoot, fresh, later])).toBe('chain_revoked');
  });

  test('BCB-1.mds · a list of another issuer, or under its name by another key, tells nothing', () => {
    const forger = new MetadataIssuer({ ca: true });
    const revoked = [signer.serial];
    expect(withList({ revoked }, forger)).toEqual(['missing']);
    expect(withList({ revoked, issuer: intermediate }, forger)).toEqual(['untrusted']);
    expect(withList({ issuer: root }, intermediate)).toEqual(['missing']);
  });

  test('BCB-1.mds · one changed byte of what was signed of a list is noticed', () => {
    const signed = Buffer.from(readCrl(ofIntermediate)!.list.tbsCertListRaw!);
    const from = Buffer.from(ofIntermediate).indexOf(signed);
    fc.assert(
      fc.property(
        fc.integer({ min: from, max: from + signed.length - 1 }),
        fc.integer({ min: 1, max: 255 }),
        (at, turn) => {
          const changed = Uint8Array.from(ofIntermediate);
          changed[at] = changed[at]! ^ turn;
          expect(outcome([ofRoot, changed], true)).toBe('revocation_unknown');
        },
      ),
      { numRuns: 300 },
    );
  });

  test('BCB-1.mds · an issuer whose key may not sign lists vouches for none', () => {
    const signed = (usage: 'certificates' | 'certificates-and-lists') => {
      const authority = root.issue({ ca: true, usage });
      const leaf = authority.issue({ dnsName: METADATA_SIGNER });
      return outcome([ofRoot, signCrl(authority)], false, signBlob(metadataPayload(1, []), leaf, [authority]));
    };
    expect([signed('certificates-and-lists'), signed('certificates')]).toEqual([[], ['untrusted']]);
  });

  test.each(['delta', 'indirect', 'someReasons', 'attributesOnly', 'authoritiesOnly', 'unknown'] as const)(
    'BCB-1.mds · a list that is not whole, or not about such certificates, tells nothing: %s',
    (kind) => {
      expect(withList({ extensions: [crlExtensions[kind]], revoked: [signer.serial] })).toEqual(['unsupported']);
    },
  );

  test('BCB-1.mds · a critical extension of an entry is not passed over, and none stands there twice', () => {
    const { number, unknown } = crlExtensions;
    expect(withList({ extensions: [number] })).toEqual([]);
    expect(withList({ extensions: [number, number] })).toEqual(['unsupported']);
    expect(withList({ entryExtensions: [unknown], revoked: [Buffer.from([5])] })).toEqual(['unsupported']);
    expect(withList({ entryExtensions: [number], revoked: [signer.serial] })).toBe('chain_revoked');
  });

  test('BCB-1.mds · a list that its issuer divided is about the certificates that name its place', () => {
    const at = (url: string) => ({ extensions: [crlExtensions.at(url)], revoked: [signer.serial] });
    expect(withList(at(`${URL}/intermediate.crl`))).toBe('chain_revoked');
    expect(withList(at(`${URL}/root.crl`))).toEqual(['unsupported']);
    expect(withList({ extensions: [crlExtensions.usersOnly] })).toEqual([]);
    const users = signCrl(root, { extensions: [crlExtensions.usersOnly] });
    const authorities = signCrl(root, { extensions: [crlExtensions.authoritiesOnly] });
    expect(outcome([users, ofIntermediate])).toEqual(['unsupported']);
    expect(outcome([users, authorities, ofIntermediate])).toEqual([]);
  });

  test('BCB-1.mds · what is no list, or too large, is none, and never a crash', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => expect(readCrl(bytes)).toBeUndefined()));
    expect(readCrl(new Uint8Array(MAX_CRL_BYTES + 1))).toBeUndefined();
    expect(readCrl(intermediate.certificate)).toBeUndefined();
  });
});

describe('where lists are fetched', () => {
  const bytes = (blob: string): Uint8Array => new Uint8Array(Buffer.from(blob));
  const locations = (blob: string) => crlLocations(bytes(blob), trust, NOW);
  const under = (crlUrl: string) => signBlob(metadataPayload(1, []), root.issue({ dnsName: METADATA_SIGNER, crlUrl }));

  test('BCB-1.mds · only what certificates of a path to our root name, by http or https', () => {
    expect(locations(text)).toEqual([`${URL}/intermediate.crl`, `${URL}/root.crl`]);
    expect(locations(under('https://crl.example/a'))).toEqual(['https://crl.example/a']);
    for (const uri of ['ldap://crl.example/a', 'file:///etc/passwd', 'nothing'])
      expect(locations(under(uri))).toEqual([]);
  });

  test('BCB-1.mds · a stranger’s BLOB makes nobody fetch anything', () => {
    const stranger = new TestMetadataService('ec', 'ec', URL);
    expect(() => locations(stranger.blob(1, []))).toThrow('chain_untrusted');
    expect(() => locations('no.such.blob')).toThrow('malformed');
    expect(() => locations('x'.repeat(100_000))).toThrow('malformed');
  });
});
