import { expect, test } from '@jest/globals';
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
