import { describe, expect, test } from '@jest/globals';
import {
  METADATA_SIGNER,
  type MetadataIssuer,
  TestMetadataService,
  metadataPayload,
  signBlob,
} from '@countersign/testing';
import fc from 'fast-check';
import { BlobRefused, verifyBlob, verifyBlobOffThread, type BlobInput } from '../src/index.js';

const AAGUID = '11111111-2222-4333-8444-555555555555';
const NOW = new Date('2026-11-22T12:00:00Z');
const service = new TestMetadataService();
const entries = [{ aaguid: AAGUID, statuses: ['FIDO_CERTIFIED_L1'] }];

const input = (text: string, changes: Partial<BlobInput> = {}): BlobInput => ({
  text,
  roots: [service.root.certificate],
  signer: METADATA_SIGNER,
  now: NOW,
  heldNo: 0,
  revocation: { crls: [], required: false },
  ...changes,
});

/** Why it was refused; undefined when it was taken. Anything else than a refusal fails the test. */
function fault(text: string, changes: Partial<BlobInput> = {}): string | undefined {
  try {
    verifyBlob(input(text, changes));
    return undefined;
  } catch (error) {
    if (error instanceof BlobRefused) return error.fault;
    throw error;
  }
}

const payload = metadataPayload(7, entries);
const signedBy = (signer: MetadataIssuer, chain: MetadataIssuer[] = [service.intermediate], header = {}): string =>
  signBlob(payload, signer, chain, header);

describe('a genuine BLOB', () => {
  test('BCB-1.mds · is read: number, promise, models, and nothing that no decision is made by', () => {
    expect(verifyBlob(input(service.blob(7, entries)))).toEqual({
      digest: expect.stringMatching(/^[\w-]{43}$/),
      no: 7,
      nextUpdate: '2099-12-31',
      unchecked: ['missing', 'missing'],
      entries: [
        {
          aaguid: AAGUID,
          keyIdentifiers: [],
          statuses: [{ status: 'FIDO_CERTIFIED_L1' }],
          description: 'A model of the test service',
          attestationTypes: ['basic_full'],
          algorithms: ['secp256r1_ecdsa_sha256_raw'],
          keyProtection: [],
          roots: [],
        },
      ],
    });
  });

  test('BCB-1.mds · the header’s algorithm counts, not how the certificate was signed: RS256 and ES256 under either root', () => {
    for (const root of ['ec', 'rsa'] as const)
      for (const signer of ['ec', 'rsa'] as const) {
        const other = new TestMetadataService(root, signer);
        expect(fault(other.blob(1, entries), { roots: [other.root.certificate] })).toBeUndefined();
      }
  });

  test('BCB-1.mds · the root may come along, and statuses and members of later days are let through', () => {
    expect(fault(signedBy(service.signer, [service.intermediate, service.root]))).toBeUndefined();
    const later = {
      ...payload,
      newMember: { a: 1 },
      entries: [{ ...payload.entries[0], statusReports: [{ status: 'NEW_STATUS' }] }],
    };
    expect(fault(signBlob(later, service.signer, [service.intermediate]))).toBeUndefined();
  });

  test('BCB-1.mds · an entry may repeat its own key identifier: it still names one model', () => {
    const [one, other] = ['a'.repeat(40), 'b'.repeat(40)];
    const twice = [{ keyIdentifiers: [one, other, one] }];
    expect(verifyBlob(input(service.blob(7, twice))).entries).toMatchObject([{ keyIdentifiers: [one, other] }]);
  });

  test('BCB-1.mds · one root follows the other: with both configured either is taken, with one only its own', () => {
    const successor = new TestMetadataService('ec');
    const [old, fresh] = [service.blob(1, entries), successor.blob(2, entries)];
    const both = [service.root.certificate, successor.root.certificate];
    expect([old, fresh].map((text) => fault(text, { roots: both }))).toEqual([undefined, undefined]);
    expect(fault(fresh)).toBe('chain_untrusted');
    expect(fault(old, { roots: [successor.root.certificate] })).toBe('chain_untrusted');
  });
});

describe('a BLOB that is refused', () => {
  test('BCB-1.mds · one changed byte anywhere is noticed', () => {
    const genuine = service.blob(7, entries);
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 25 }), (at, turn) => {
        const place = at % genuine.length;
        const letter = genuine[place]!;
        if (letter === '.') return;
        const other = String.fromCharCode(97 + ((letter.charCodeAt(0) + turn) % 26));
        if (other === letter) return;
        expect(fault(genuine.slice(0, place) + other + genuine.slice(place + 1))).toBeDefined();
      }),
      { numRuns: 300 },
    );
  });

  test('BCB-1.mds · random text is refused, never a crash', () => {
    fc.assert(fc.property(fc.string({ maxLength: 300 }), (text) => expect(fault(text)).toBeDefined()));
    const parts = fc.array(fc.base64String({ maxLength: 80 }), { minLength: 1, maxLength: 5 });
    fc.assert(fc.property(parts, (list) => expect(fault(list.join('.'))).toBeDefined()));
  });

  test('BCB-1.mds · a signed payload of any JSON is refused or has the form, never a crash', () => {
    const signer = new TestMetadataService('ec', 'ec');
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        const text = signBlob(json, signer.signer, [signer.intermediate]);
        expect(fault(text, { roots: [signer.root.certificate] })).toBe('payload_invalid');
      }),
      { numRuns: 60 },
    );
  });

  test.each(['none', 'NONE', 'HS256', 'RS1', 'PS256', ''])('BCB-1.mds · algorithm %j is no algorithm', (alg) => {
    expect(fault(signedBy(service.signer, [service.intermediate], { alg }))).toBe('algorithm_refused');
  });

  test('BCB-1.mds · an algorithm that is not that of the signer’s key is refused', () => {
    expect(fault(signedBy(service.signer, [service.intermediate], { alg: 'ES256' }))).toBe('algorithm_refused');
  });

  test('BCB-1.mds · a header with what it must not have is refused', () => {
    expect(fault(signedBy(service.signer, [service.intermediate], { crit: ['exp'] }))).toBe('malformed');
    expect(fault(signedBy(service.signer, [service.intermediate], { b64: false }))).toBe('malformed');
    expect(fault(signedBy(service.signer, [service.intermediate], { x5c: [] }))).toBe('malformed');
    expect(
      fault(signedBy(service.signer, [service.intermediate], { x5c: undefined, x5u: 'https://mds.example' })),
    ).toBe('malformed');
    expect(fault(signedBy(service.signer, [service.intermediate], { x5c: ['AAAA'] }))).toBe('malformed');
    expect(fault(`${service.blob(1, entries)}.AAAA`)).toBe('malformed');
  });

  test('BCB-1.mds · a forger’s own authority at the end of the chain is no root', () => {
    const forger = new TestMetadataService();
    expect(fault(signedBy(forger.signer, [forger.intermediate, forger.root]))).toBe('chain_untrusted');
    expect(fault(signedBy(forger.signer, [forger.intermediate, forger.root, service.root]))).toBe('chain_untrusted');
  });

  test('BCB-1.mds · a signer without authority, a missing link and a wrong order lead nowhere', () => {
    const stranger = service.signer.issue({ dnsName: METADATA_SIGNER });
    expect(fault(signedBy(stranger, [service.signer, service.intermediate]))).toBe('chain_untrusted');
    expect(fault(signedBy(service.signer, []))).toBe('chain_untrusted');
    expect(fault(signedBy(service.signer, [service.root, service.intermediate]))).toBe('chain_untrusted');
  });

  test('BCB-1.mds · the length of the path is that which its authorities allow', () => {
    const below = service.intermediate.issue({ ca: true });
    const signer = below.issue({ dnsName: METADATA_SIGNER });
    expect(fault(signedBy(signer, [below, service.intermediate]))).toBe('chain_untrusted');
    const free = service.root.issue({ ca: true });
    const allowed = free.issue({ ca: true, pathLength: 0 });
    expect(fault(signedBy(allowed.issue({ dnsName: METADATA_SIGNER }), [allowed, free]))).toBeUndefined();
  });

  test('BCB-1.mds · expired and not yet valid certificates count at the time of the check', () => {
    const year = (from: string, until: string) => ({ notBefore: new Date(from), notAfter: new Date(until) });
    const old = service.intermediate.issue({ dnsName: METADATA_SIGNER, ...year('2024-01-01', '2025-01-01') });
    const early = service.intermediate.issue({ dnsName: METADATA_SIGNER, ...year('2027-01-01', '2028-01-01') });
    expect([old, early].map((signer) => fault(signedBy(signer)))).toEqual(['chain_untrusted', 'chain_untrusted']);
    expect(fault(signedBy(old), { now: new Date('2024-06-01') })).toBeUndefined();
    const past = service.root.issue({ ca: true, ...year('2024-01-01', '2025-01-01') });
    expect(fault(signedBy(past.issue({ dnsName: METADATA_SIGNER }), [past]))).toBe('chain_untrusted');
  });

  test('BCB-1.mds · a public root vouches for a name: another name under it, a wildcard or an authority does not sign', () => {
    const other = service.intermediate.issue({ dnsName: 'mds.example' });
    const wild = service.intermediate.issue({ dnsName: '*.fidoalliance.org' });
    const named = service.intermediate.issue({ commonName: METADATA_SIGNER });
    const authority = service.root.issue({ dnsName: METADATA_SIGNER, ca: true });
    expect([other, wild, named].map((signer) => fault(signedBy(signer)))).toEqual(Array(3).fill('signer_unexpected'));
    expect(fault(signedBy(authority, []))).toBe('signer_unexpected');
    expect(fault(signedBy(other), { signer: 'mds.example' })).toBeUndefined();
  });

  test('BCB-1.mds · the number only rises; the same one is nothing new', () => {
    const text = service.blob(7, entries);
    expect([6, 7, 8].map((heldNo) => fault(text, { heldNo }))).toEqual([undefined, undefined, 'rolled_back']);
  });

  const entry = payload.entries[0]!;
  const keyed = { ...entry, aaguid: undefined, attestationCertificateKeyIdentifiers: ['c'.repeat(40)] };
  test.each<[string, object]>([
    ['a number that is none', { no: '7' }],
    ['number zero', { no: 0 }],
    ['a date that is none', { nextUpdate: 'soon' }],
    ['a day that is none', { nextUpdate: '2026-13-01' }],
    ['no entries', { entries: undefined }],
  ])('BCB-1.mds · %s spoils it as a whole', (_, changes) => {
    expect(fault(signBlob({ ...payload, ...changes }, service.signer, [service.intermediate]))).toBe('payload_invalid');
  });

  const readOf = (...read: unknown[]) =>
    verifyBlob(input(signBlob({ ...payload, entries: read }, service.signer, [service.intermediate])));
  const news = { ...entry, aaguid: undefined, attestationCertificateKeyIdentifiers: ['d'.repeat(40)] };

  test.each<[string, unknown[]]>([
    ['one key identifier in two entries', [keyed, keyed]],
    ['one model twice', [entry, { ...entry, aaguid: AAGUID.toUpperCase() }]],
  ])('BCB-1.mds · %s keeps no news about others out, and both are told', (_, twice) => {
    const { entries: read, unreadable } = readOf(...twice, news);
    expect(read).toHaveLength(3);
    expect(unreadable).toBeUndefined();
  });

  test.each<[string, unknown]>([
    ['without statuses', { ...entry, statusReports: [] }],
    ['with an AAGUID that is none', { ...entry, aaguid: 'x' }],
    ['with a key identifier that is none', { ...entry, attestationCertificateKeyIdentifiers: ['XY'] }],
    ['that is no object', 7],
  ])('BCB-1.mds · an entry %s keeps no news about others out, and is counted', (_, broken) => {
    const blob = readOf(broken, news);
    expect(blob).toMatchObject({ unreadable: 1 });
    expect(blob.entries.at(-1)).toMatchObject({ keyIdentifiers: ['d'.repeat(40)] });
  });

  test('BCB-1.mds · of an entry that is not in form counts what speaks against its model, and nothing for it', () => {
    const reports = [{ status: 'REVOKED', effectiveDate: 'soon' }, { status: 'FIDO_CERTIFIED_L2' }, 7];
    const [read] = readOf({ ...entry, statusReports: reports }).entries;
    expect(read).toMatchObject({ aaguid: AAGUID, statuses: [{ status: 'REVOKED' }], roots: [], attestationTypes: [] });
    expect(read?.statuses).toEqual([{ status: 'REVOKED', effectiveDate: undefined }]);
  });
});

describe('in a thread of its own', () => {
  const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
  const { text: _, ...rest } = input('');

  test('BCB-1.mds · the same BLOB gives the same', async () => {
    const text = service.blob(7, entries);
    const stored = await verifyBlobOffThread({ ...rest, bytes: bytes(text) });
    expect(JSON.parse(stored)).toEqual(verifyBlob(input(text)));
  });

  test('BCB-1.mds · and the same refusal', async () => {
    await expect(verifyBlobOffThread({ ...rest, bytes: bytes('no.such.blob') })).rejects.toMatchObject({
      fault: 'malformed',
    });
  });

  test('R15 · twelve megabytes do not hold up what else the process does', async () => {
    const icon = 'x'.repeat(40_000);
    const many = Array.from({ length: 300 }, (_, n) => ({ aaguid: AAGUID.replace(/.{4}$/, String(1000 + n)) }));
    const big = metadataPayload(8, many);
    const fat = {
      ...big,
      entries: big.entries.map((one) => ({ ...one, metadataStatement: { ...one.metadataStatement, icon } })),
    };
    const text = bytes(signBlob(fat, service.signer, [service.intermediate]));
    expect(text.length).toBeGreaterThan(12 * 1024 * 1024);
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 1);
    const stored = await verifyBlobOffThread({ ...rest, bytes: text });
    clearInterval(timer);
    expect(turns).toBeGreaterThan(10);
    expect(stored.length).toBeLessThan(200_000);
  });
});
