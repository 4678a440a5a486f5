import { TpmReader } from './tpm-reader.js';

/** What a TPM says of a key it certifies (TPM 2.0 Library, Part 2, 10.12.12). */
export interface TpmAttest {
  /** What whoever asked wanted to have signed: here the hash of what WebAuthn signs. */
  extraData: Uint8Array;
  /** The Name of the key that was certified. */
  name: Uint8Array;
}

/** TPM_GENERATED_VALUE: what a TPM itself made begins so, and it signs nothing else that does. */
const MAGIC = 0xff544347;
const ATTEST_CERTIFY = 0x8017;
/** TPMS_CLOCK_INFO (clock, reset count, restart count, safe) and firmware version; WebAuthn ignores both. */
const CLOCK_AND_FIRMWARE = 8 + 4 + 4 + 1 + 8;

/**
 * Reads a TPMS_ATTEST that certifies a key. Magic and type are judged here, because the rest can only be read by them.
 * @throws Malformed `attestation_invalid` with the field that breaks the structure
 */
export function parseCertInfo(certInfo: Uint8Array): TpmAttest {
  const reader = new TpmReader(certInfo, 'certInfo');
  if (reader.uint32() !== MAGIC) throw reader.malformed('magic');
  if (reader.uint16() !== ATTEST_CERTIFY) throw reader.malformed('type');
  reader.sized(); // qualifiedSigner
  const extraData = reader.sized();
  reader.take(CLOCK_AND_FIRMWARE);
  const name = reader.sized();
  reader.sized(); // qualifiedName
  reader.finish();
  return { extraData, name };
}
