import { verify, type KeyObject } from 'node:crypto';

const SIGNATURE_BYTES = 64;

/** Whether `signature` is ES256 as JOSE has it: r and s of 32 bytes each, nothing around them (RFC 7518 §3.4). */
export const isRawEs256 = (key: KeyObject, signed: Uint8Array, signature: Uint8Array): boolean =>
  signature.length === SIGNATURE_BYTES && verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, signature);
