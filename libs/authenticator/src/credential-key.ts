import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { fromBase64Url } from '@countersign/kernel';
import { encodeCbor, type CborValue } from './cbor.js';

/** COSE algorithms the software authenticator can sign with: ES256, EdDSA (Ed25519), RS256. */
export type SoftAlgorithm = -7 | -8 | -257;

export interface CredentialKey {
  algorithm: SoftAlgorithm;
  privateKey: KeyObject;
  publicKey: KeyObject;
  /** COSE_Key (RFC 9052 §7) as authenticators write it. */
  coseKey: Uint8Array<ArrayBuffer>;
}

const member = (jwk: { [name: string]: unknown }, name: string): Uint8Array =>
  fromBase64Url(String(jwk[name])) ?? new Uint8Array();

function coseOf(publicKey: KeyObject, algorithm: SoftAlgorithm): Uint8Array<ArrayBuffer> {
  const jwk = publicKey.export({ format: 'jwk' }) as { [name: string]: unknown };
  const entries: Record<SoftAlgorithm, () => [number, CborValue][]> = {
    [-7]: () => [
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, member(jwk, 'x')],
      [-3, member(jwk, 'y')],
    ],
    [-8]: () => [
      [1, 1],
      [3, -8],
      [-1, 6],
      [-2, member(jwk, 'x')],
    ],
    [-257]: () => [
      [1, 3],
      [3, -257],
      [-1, member(jwk, 'n')],
      [-2, member(jwk, 'e')],
    ],
  };
  return encodeCbor(new Map(entries[algorithm]()));
}

function generate(algorithm: SoftAlgorithm): { privateKey: KeyObject; publicKey: KeyObject } {
  if (algorithm === -7) return generateKeyPairSync('ec', { namedCurve: 'P-256' });
  if (algorithm === -8) return generateKeyPairSync('ed25519');
  return generateKeyPairSync('rsa', { modulusLength: 2048 });
}

export function newCredentialKey(algorithm: SoftAlgorithm): CredentialKey {
  const pair = generate(algorithm);
  return { algorithm, ...pair, coseKey: coseOf(pair.publicKey, algorithm) };
}

/** Signs as WebAuthn L3 §6.5.5 asks: ECDSA in DER, RSA with PKCS #1 v1.5, Ed25519 over the message itself. */
export const signWith = (key: KeyObject, algorithm: SoftAlgorithm, message: Uint8Array): Uint8Array<ArrayBuffer> =>
  new Uint8Array(sign(algorithm === -8 ? null : 'sha256', message, key));
