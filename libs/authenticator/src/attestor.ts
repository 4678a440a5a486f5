import type { CborValue } from './cbor.js';
import type { CredentialKey } from './credential-key.js';

/** A new credential about to be attested. */
export interface Attesting {
  key: CredentialKey;
  credentialId: Uint8Array;
  rpIdHash: Uint8Array;
  clientDataHash: Uint8Array;
  /** Authenticator data followed by the client data hash. */
  signed: Uint8Array;
  /** Applied to a signature before it is placed in the statement. */
  spoil: (signature: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>;
}

export interface Attestation {
  fmt: string;
  attStmt: Map<string, CborValue> | CborValue[];
}

/** How new credentials are vouched for. */
export type Attestor = (attesting: Attesting) => Attestation;

/** Not at all (WebAuthn L3 §8.7). */
export const noAttestation: Attestor = () => ({ fmt: 'none', attStmt: new Map() });
