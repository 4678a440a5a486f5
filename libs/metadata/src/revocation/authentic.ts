import { verify } from 'node:crypto';
import type { Link } from '../blob/link.js';
import type { Crl } from './crl.js';

/** RSA PKCS #1 v1.5 and ECDSA with SHA-256, 384 or 512; SHA-1 proves nothing any more. */
const ALGORITHMS = new Map([
  ['1.2.840.113549.1.1.11', { kind: 'rsa', hash: 'sha256' }],
  ['1.2.840.113549.1.1.12', { kind: 'rsa', hash: 'sha384' }],
  ['1.2.840.113549.1.1.13', { kind: 'rsa', hash: 'sha512' }],
  ['1.2.840.10045.4.3.2', { kind: 'ec', hash: 'sha256' }],
  ['1.2.840.10045.4.3.3', { kind: 'ec', hash: 'sha384' }],
  ['1.2.840.10045.4.3.4', { kind: 'ec', hash: 'sha512' }],
]);

/** Whether a certificate's own issuer signed a list, with a key that may (RFC 5280 §6.3.3 f, g). */
export function isSignedBy({ list }: Crl, { x509, signsLists }: Link): boolean {
  const { signatureAlgorithm, signature, tbsCertList, tbsCertListRaw } = list;
  const algorithm = ALGORITHMS.get(signatureAlgorithm.algorithm);
  const { publicKey: key } = x509;
  if (!signsLists || !tbsCertListRaw || key.asymmetricKeyType !== algorithm?.kind) return false;
  if (!signatureAlgorithm.isEqual(tbsCertList.signature)) return false;
  return verify(algorithm?.hash, Buffer.from(tbsCertListRaw), key, Buffer.from(signature));
}
