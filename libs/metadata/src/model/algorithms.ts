/** COSE algorithm of each name of the FIDO registry of predefined values §3.6.1; what is not here is used by no credential. */
const COSE = new Map<string, number>([
  ['secp256r1_ecdsa_sha256_raw', -7],
  ['secp256r1_ecdsa_sha256_der', -7],
  ['secp384r1_ecdsa_sha384_raw', -35],
  ['secp521r1_ecdsa_sha512_raw', -36],
  ['secp256k1_ecdsa_sha256_raw', -47],
  ['secp256k1_ecdsa_sha256_der', -47],
  ['ed25519_eddsa_sha512_raw', -8],
  ['rsassa_pss_sha256_raw', -37],
  ['rsassa_pss_sha256_der', -37],
  ['rsassa_pss_sha384_raw', -38],
  ['rsassa_pss_sha512_raw', -39],
  ['rsa_emsa_pkcs1_sha256_raw', -257],
  ['rsa_emsa_pkcs1_sha256_der', -257],
  ['rsassa_pkcsv15_sha256_raw', -257],
  ['rsassa_pkcsv15_sha384_raw', -258],
  ['rsassa_pkcsv15_sha512_raw', -259],
]);

/** Whether one of the names stands for the COSE algorithm. */
export const namesAlgorithm = (names: readonly string[], algorithm: number): boolean =>
  names.some((name) => COSE.get(name) === algorithm);
