import { createHash } from 'node:crypto';
import { toBase64Url } from '@countersign/kernel';
import { TpmReader } from './tpm-reader.js';

/** The key a TPM describes, in the terms of a JWK; numbers without leading zeros. */
export type TpmKey = { kty: 'RSA'; n: string; e: string } | { kty: 'EC'; crv: string; x: string; y: string };

/** A TPMT_PUBLIC (TPM 2.0 Library, Part 2, 12.2.4), as far as it matters here. */
export interface TpmPublic {
  key: TpmKey;
  /** The object's Name: nameAlg and the hash of the public area (Part 1, 16). */
  name: Uint8Array;
  /** Made in this TPM and unable to leave it: fixedTPM and sensitiveDataOrigin (Part 2, 8.3). */
  bound: boolean;
}

const [RSA, ECC, NULL, RSASSA, ECDSA] = [0x0001, 0x0023, 0x0010, 0x0014, 0x0018];
const FIXED_TPM = 1 << 1;
const SENSITIVE_DATA_ORIGIN = 1 << 5;
const DEFAULT_EXPONENT = 65537;
/** SHA-1 is missing on purpose: two public areas of one name would let the second be passed off as certified. */
const NAME_HASHES = new Map([
  [0x000b, 'sha256'],
  [0x000c, 'sha384'],
  [0x000d, 'sha512'],
]);
const CURVES = new Map([
  [0x0003, { crv: 'P-256', size: 32 }],
  [0x0004, { crv: 'P-384', size: 48 }],
  [0x0005, { crv: 'P-521', size: 66 }],
]);

/** A number as base64url without leading zeros: TPMs differ in whether they pad, and so compare as numbers. */
export function magnitude(bytes: Uint8Array): string {
  const first = bytes.findIndex((octet) => octet !== 0);
  return toBase64Url(first < 0 ? new Uint8Array() : bytes.subarray(first));
}

/** Symmetric algorithm and scheme: a key that signs has no symmetric algorithm, and no scheme but its own or none. */
function skipScheme(reader: TpmReader, own: number): void {
  if (reader.uint16() !== NULL) throw reader.malformed('symmetric');
  const scheme = reader.uint16();
  if (scheme !== NULL && scheme !== own) throw reader.malformed('scheme');
  if (scheme === own) reader.uint16();
}

function rsaKey(reader: TpmReader): TpmKey {
  skipScheme(reader, RSASSA);
  const bits = reader.uint16();
  const exponent = Buffer.alloc(4);
  exponent.writeUInt32BE(reader.uint32() || DEFAULT_EXPONENT);
  const modulus = reader.sized();
  if (modulus.length * 8 !== bits) throw reader.malformed('keyBits');
  return { kty: 'RSA', n: magnitude(modulus), e: magnitude(exponent) };
}

function eccKey(reader: TpmReader): TpmKey {
  skipScheme(reader, ECDSA);
  const curve = CURVES.get(reader.uint16());
  if (!curve) throw reader.malformed('curve');
  if (reader.uint16() !== NULL) throw reader.malformed('kdf');
  const [x, y] = [reader.sized(), reader.sized()];
  if (x.length > curve.size || y.length > curve.size) throw reader.malformed('coordinate');
  return { kty: 'EC', crv: curve.crv, x: magnitude(x), y: magnitude(y) };
}

function keyOf(reader: TpmReader, type: number): TpmKey {
  if (type === RSA) return rsaKey(reader);
  if (type === ECC) return eccKey(reader);
  throw reader.malformed('type');
}

function nameOf(pubArea: Uint8Array, nameAlg: number, hash: string): Uint8Array {
  return Buffer.concat([Buffer.from([nameAlg >> 8, nameAlg & 0xff]), createHash(hash).update(pubArea).digest()]);
}

/**
 * Reads a public area by its lengths, RSA or ECC.
 * @throws Malformed `attestation_invalid` with the field that breaks the structure
 */
export function parsePubArea(pubArea: Uint8Array): TpmPublic {
  const reader = new TpmReader(pubArea, 'pubArea');
  const type = reader.uint16();
  const nameAlg = reader.uint16();
  const hash = NAME_HASHES.get(nameAlg);
  if (!hash) throw reader.malformed('nameAlg');
  const attributes = reader.uint32();
  reader.sized(); // authPolicy: who may use the key is between the TPM and its platform
  const key = keyOf(reader, type);
  reader.finish();
  const bound = (attributes & FIXED_TPM) !== 0 && (attributes & SENSITIVE_DATA_ORIGIN) !== 0;
  return { key, name: nameOf(pubArea, nameAlg, hash), bound };
}
