import { expect, test } from '@jest/globals';
import { TestAttestationCa } from '@countersign/testing';
import { readPayload } from './payload.js';

const [GOOD, OTHER] = ['ab'.repeat(20), 'cd'.repeat(20)];
const revoked = [{ status: 'REVOKED', effectiveDate: '2026-01-01' }];
const read = (entry: object) => readPayload({ no: 1, nextUpdate: '2099-01-01', entries: [entry] });

test.each([
  ['a name out of form', [GOOD, 'AB'.repeat(20), OTHER, 7], [GOOD, OTHER]],
  ['more names than an entry may have', [...Array<string>(1_024).fill(GOOD), OTHER], [GOOD, OTHER]],
  ['names that are no list', GOOD, []],
])('FIDO MDS 3 §3.1.1 · %s hides no revocation of the models that are named well', (_, names, keyIdentifiers) => {
  const blob = read({ attestationCertificateKeyIdentifiers: names, statusReports: revoked });
  expect(blob.entries).toMatchObject([{ keyIdentifiers, statuses: revoked }]);
  expect(blob.unreadable).toBe(1);
});

test('FIDO MDS 3 §3.1.1 · the roots of an entry out of form stay the model’s, and the rest of its statement counts for nothing', () => {
  const root = Buffer.from(new TestAttestationCa('Maker').certificate).toString('base64');
  const attestationRootCertificates = [7, root, 'A'.repeat(16_385), 'AAAA'];
  const metadataStatement = { description: 'Key', keyProtection: ['hardware'], attestationRootCertificates };
  const aaguid = '11111111-2222-4333-8444-555555555555';
  const statusReports = [{ status: 'FIDO_CERTIFIED_L1' }];
  const [entry] = read({ aaguid, statusReports, metadataStatement }).entries;
  expect(entry).toMatchObject({ aaguid, roots: [root], statuses: [], description: '', keyProtection: [] });
  expect(read({ aaguid, statusReports: 7, metadataStatement: 'none' }).entries).toMatchObject([{ aaguid, roots: [] }]);
});
