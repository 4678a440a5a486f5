import { expect, test } from '@jest/globals';
import { namesAlgorithm } from './algorithms.js';

/** By COSE algorithm the names that stand for it in FIDO's registry of predefined values, §3.6.1. */
const NAMES: [number, string[]][] = [
  [-7, ['secp256r1_ecdsa_sha256_raw', 'secp256r1_ecdsa_sha256_der']],
  [-35, ['secp384r1_ecdsa_sha384_raw']],
  [-36, ['secp521r1_ecdsa_sha512_raw']],
  [-47, ['secp256k1_ecdsa_sha256_raw', 'secp256k1_ecdsa_sha256_der']],
  [-8, ['ed25519_eddsa_sha512_raw']],
  [-37, ['rsassa_pss_sha256_raw', 'rsassa_pss_sha256_der']],
  [-38, ['rsassa_pss_sha384_raw']],
  [-39, ['rsassa_pss_sha512_raw']],
  [-257, ['rsa_emsa_pkcs1_sha256_raw', 'rsa_emsa_pkcs1_sha256_der', 'rsassa_pkcsv15_sha256_raw']],
  [-258, ['rsassa_pkcsv15_sha384_raw']],
  [-259, ['rsassa_pkcsv15_sha512_raw']],
];

test.each(NAMES)('BCB-1.mds · each name of %d stands for it and for nothing else', (algorithm, names) => {
  for (const [other] of NAMES)
    expect(names.map((name) => namesAlgorithm([name], other))).toEqual(names.map(() => other === algorithm));
});

test('BCB-1.mds · a name nobody knows stands for nothing', () => {
  expect(namesAlgorithm(['sm2_sm3_raw', 'constructor', ''], -7)).toBe(false);
});
