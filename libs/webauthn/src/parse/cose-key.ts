import { cose, decodeCredentialPublicKey } from '@simplewebauthn/server/helpers';
import { Malformed } from '../malformed.js';
import { CborRefused, scanCbor } from './cbor-scan.js';

/** A COSE_Key (RFC 9052 §7) with its two common parameters read; the others wait for `publicKeyOf`. */
export interface CoseKey {
  bytes: Uint8Array;
  /** 1 OKP, 2 EC2, 3 RSA. */
  kty: number;
  /** COSE algorithm identifier. */
  algorithm: number;
  parameters: Map<number, unknown>;
}

const malformed = (reason: string): Malformed =>
  new Malformed('public_key_malformed', 'WebAuthn L3 §6.5.1.1', { reason });

function decode(bytes: Uint8Array): Map<number, unknown> {
  try {
    if (scanCbor(bytes, 0, { shortest: true }).end !== bytes.length) throw new CborRefused('bytes left over');
    const decoded: unknown = decodeCredentialPublicKey(new Uint8Array(bytes));
    if (decoded instanceof Map) return decoded as Map<number, unknown>;
  } catch (error) {
    throw malformed(error instanceof CborRefused ? error.message : 'cannot be decoded');
  }
  throw malformed('not a map');
}

/**
 * Reads key type and algorithm. Whether the key is any good is another question, asked after the algorithm is allowed.
 * @throws Malformed `public_key_malformed`
 */
export function parseCoseKey(bytes: Uint8Array): CoseKey {
  const parameters = decode(bytes);
  const [kty, algorithm] = [parameters.get(cose.COSEKEYS.kty), parameters.get(cose.COSEKEYS.alg)];
  if (typeof kty !== 'number' || typeof algorithm !== 'number') throw malformed('kty or alg missing');
  return { bytes, kty, algorithm, parameters };
}
