import { verify, type KeyObject } from 'node:crypto';
import { fromBase64Url } from '@countersign/kernel';
import { z } from 'zod';
import { BlobRefused } from './refused.js';

/** Greatest size of a BLOB in bytes. FIDO's had 10 MB in 2026; this leaves room for years and bounds the memory. */
export const MAX_BLOB_BYTES = 64 * 1024 * 1024;
/** Greatest size of its header: a handful of certificates. */
const MAX_HEADER_CHARACTERS = 64 * 1024;
const MAX_CERTIFICATES = 8;

/** One key type to each algorithm: the header may choose between them and nothing else (RFC 8725 §3.1). */
const ALGORITHMS = new Map([
  ['RS256', { kind: 'rsa', fits: (key: KeyObject) => (key.asymmetricKeyDetails?.modulusLength ?? 0) >= 2048 }],
  ['ES256', { kind: 'ec', fits: (key: KeyObject) => key.asymmetricKeyDetails?.namedCurve === 'prime256v1' }],
]);

/** `x5u` is not followed: what vouches for the BLOB comes with it. An unknown `crit` is refused (RFC 7515 §4.1.11). */
const headerSchema = z.looseObject({
  alg: z.string(),
  x5c: z.array(z.base64().max(16_384)).min(1).max(MAX_CERTIFICATES),
  crit: z.never().optional(),
  b64: z.never().optional(),
});

/** A compact JWS, taken apart and not believed. */
export interface Jws {
  alg: string;
  /** DER, leaf first. */
  x5c: Buffer[];
  /** What was signed: header, dot, payload as they came. */
  signed: Buffer;
  signature: Uint8Array;
  payload: Buffer;
}

/** @throws BlobRefused `too_large`, `malformed`, `algorithm_refused` */
export function readJws(text: string): Jws {
  if (text.length > MAX_BLOB_BYTES) throw new BlobRefused('too_large');
  const [header = '', payload = '', signature = '', ...more] = text.trim().split('.');
  if (more.length > 0 || header.length > MAX_HEADER_CHARACTERS || payload === '') throw new BlobRefused('malformed');
  const { alg, x5c } = readHeader(header);
  const bytes = fromBase64Url(signature);
  if (!bytes || bytes.length === 0) throw new BlobRefused('malformed');
  return {
    alg,
    x5c: x5c.map((certificate) => Buffer.from(certificate, 'base64')),
    signed: Buffer.from(`${header}.${payload}`, 'latin1'),
    signature: bytes,
    payload: Buffer.from(payload, 'base64url'),
  };
}

/** The certificates of a BLOB, DER, leaf first, without a look at the rest. @throws BlobRefused as `readJws` does */
export function readCertificates(bytes: Uint8Array): Buffer[] {
  const [header = '', more] = Buffer.from(bytes.subarray(0, MAX_HEADER_CHARACTERS + 1))
    .toString('latin1')
    .trimStart()
    .split('.');
  if (more === undefined) throw new BlobRefused('malformed');
  return readHeader(header).x5c.map((certificate) => Buffer.from(certificate, 'base64'));
}

function readHeader(text: string): z.output<typeof headerSchema> {
  const bytes = fromBase64Url(text);
  const parsed = bytes && headerSchema.safeParse(parseJson(Buffer.from(bytes)));
  if (!parsed?.success) throw new BlobRefused('malformed');
  if (!ALGORITHMS.has(parsed.data.alg)) throw new BlobRefused('algorithm_refused');
  return parsed.data;
}

/** @throws BlobRefused `malformed`; JSON.parse would quote the input in its message */
export function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    throw new BlobRefused('malformed');
  }
}

/**
 * The header's algorithm decides the hash, not how the certificate itself was signed (FIDO's is RS256 under an ECDSA root).
 * @throws BlobRefused `algorithm_refused` when the key is of another type, `signature_invalid`
 */
export function verifySignature({ alg, signed, signature }: Jws, key: KeyObject): void {
  const rule = ALGORITHMS.get(alg);
  if (!rule || key.asymmetricKeyType !== rule.kind || !rule.fits(key)) throw new BlobRefused('algorithm_refused');
  if (!verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, signature))
    throw new BlobRefused('signature_invalid');
}
