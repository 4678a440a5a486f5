import type { CborValue } from './cbor.js';
import type { IssuedCertificate } from './attestation-ca.js';
import { signWith, type CredentialKey } from './credential-key.js';

type Bytes = Uint8Array<ArrayBuffer>;

/** How a new credential is vouched for: not at all, by its own key, or by a certificate. */
export type Attestor =
  { kind: 'none' } | { kind: 'packed-self' } | { kind: 'packed'; leaf: IssuedCertificate; intermediates: Uint8Array[] };

export interface Attestation {
  fmt: string;
  attStmt: Map<string, CborValue>;
}

/**
 * The attestation statement over authenticator data and client data hash (WebAuthn L3 §8.2, §8.7).
 * @param spoil applied to the signature before it is placed in the statement
 */
export function attest(
  attestor: Attestor,
  key: CredentialKey,
  signed: Uint8Array,
  spoil: (signature: Bytes) => Bytes,
): Attestation {
  if (attestor.kind === 'none') return { fmt: 'none', attStmt: new Map() };
  if (attestor.kind === 'packed-self') {
    const sig = spoil(signWith(key.privateKey, key.algorithm, signed));
    return {
      fmt: 'packed',
      attStmt: new Map<string, CborValue>([
        ['alg', key.algorithm],
        ['sig', sig],
      ]),
    };
  }
  const sig = spoil(signWith(attestor.leaf.privateKey, -7, signed));
  const x5c = [attestor.leaf.certificate, ...attestor.intermediates];
  return {
    fmt: 'packed',
    attStmt: new Map<string, CborValue>([
      ['alg', -7],
      ['sig', sig],
      ['x5c', x5c],
    ]),
  };
}
