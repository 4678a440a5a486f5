import { verify } from 'node:crypto';
import type { PublicKey } from './public-key.js';

/**
 * Whether `signature` is by `key` over `message`. ECDSA in strict DER, r and s in range, high s allowed;
 * RSA with PKCS #1 v1.5; Ed25519 over the message itself (WebAuthn L3 §6.5.5). OpenSSL re-encodes what it parsed and
 * refuses BER and trailing bytes; the vectors suite holds it to that.
 */
export const isSignedBy = ({ key, hash }: PublicKey, message: Uint8Array, signature: Uint8Array): boolean =>
  verify(hash, message, key, signature);
