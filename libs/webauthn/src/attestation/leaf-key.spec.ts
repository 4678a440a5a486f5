import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { TestAttestationCa } from '@countersign/testing';
import { readCertificate } from './certificate.js';
import { leafKey } from './leaf-key.js';

const ca = new TestAttestationCa();
const ec = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve });
const KEYS = [
  [-7, () => ec('P-256')],
  [-35, () => ec('P-384')],
  [-36, () => ec('P-521')],
  [-8, () => generateKeyPairSync('ed25519')],
  [-257, () => generateKeyPairSync('rsa', { modulusLength: 2048 })],
] as const;

test.each(KEYS)(
  '§8.2 · the certificate’s key goes with algorithm %d of the statement and with no other',
  (own, keys) => {
    const leaf = readCertificate(ca.issue({ keys: keys() }).certificate);
    for (const alg of [...KEYS.map(([each]) => each), -53, -65535, 0]) {
      const expected = alg === own ? { algorithm: own, key: leaf.publicKey } : undefined;
      expect(leafKey(leaf, alg)).toEqual(expected && expect.objectContaining(expected));
    }
  },
);

test('RFC 5280 §4.2.1.3 · a key that may not sign signs no statement', () => {
  const leafFor = (keyUsage: number) => readCertificate(ca.issue({ keyUsage }).certificate);
  expect(leafKey(leafFor(0x80), -7)).toBeDefined();
  expect(leafKey(leafFor(0x04), -7)).toBeUndefined();
});
