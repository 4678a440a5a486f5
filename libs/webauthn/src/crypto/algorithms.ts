import type { EdwardsCurveName } from './edwards-point.js';

/** How a COSE algorithm is verified, and the only kind of key it goes with (WebAuthn L3 §5.8.5, RFC 8230, RFC 9053). */
export interface Algorithm {
  /** COSE key type: 1 OKP, 2 EC2, 3 RSA. */
  kty: 1 | 2 | 3;
  /** Hash for node:crypto; EdDSA signs the message itself. SHA-1 is for statements of old TPMs, never for credentials. */
  hash: 'sha1' | 'sha256' | 'sha384' | 'sha512' | null;
  /** The curve, as COSE number, JWK name, OpenSSL name, and bytes of a coordinate. */
  curve?: { crv: number; jwk: string; openssl: string; size: number; edwards?: EdwardsCurveName };
}

/** ES256, ES384, ES512, EdDSA with Ed25519, Ed448, RS256. What is not here is not verified, whatever a list allows. */
export const ALGORITHMS: ReadonlyMap<number, Algorithm> = new Map<number, Algorithm>([
  [-7, { kty: 2, hash: 'sha256', curve: { crv: 1, jwk: 'P-256', openssl: 'prime256v1', size: 32 } }],
  [-35, { kty: 2, hash: 'sha384', curve: { crv: 2, jwk: 'P-384', openssl: 'secp384r1', size: 48 } }],
  [-36, { kty: 2, hash: 'sha512', curve: { crv: 3, jwk: 'P-521', openssl: 'secp521r1', size: 66 } }],
  [-8, { kty: 1, hash: null, curve: { crv: 6, jwk: 'Ed25519', openssl: 'ed25519', size: 32, edwards: 'Ed25519' } }],
  [-53, { kty: 1, hash: null, curve: { crv: 7, jwk: 'Ed448', openssl: 'ed448', size: 57, edwards: 'Ed448' } }],
  [-257, { kty: 3, hash: 'sha256' }],
]);

/** What registrations are offered when policy does not say otherwise: ES256, EdDSA, RS256, in order of preference. */
export const DEFAULT_ALGORITHMS: readonly number[] = [-7, -8, -257];
