import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/server';
import { DEFAULT_ALGORITHMS } from './crypto/algorithms.js';
import type { UserVerification } from './types.js';

/** Milliseconds a person has (WebAuthn L3 §15.1). */
export const CEREMONY_TIMEOUT_MS = 300_000;

type Hints = NonNullable<PublicKeyCredentialCreationOptionsJSON['hints']>;

/** A credential by its id (base64url), with what the browser said about reaching it. */
export interface CredentialReference {
  id: string;
  transports?: readonly string[];
}

export interface CreationRequest {
  rp: { id: string; name: string };
  /** `id` base64url of 1 to 64 opaque bytes, nothing personal in it (§5.4.3). */
  user: { id: string; name: string; displayName: string };
  /** base64url, at least 16 random bytes. */
  challenge: string;
  algorithms?: readonly number[];
  residentKey?: 'required' | 'preferred' | 'discouraged';
  userVerification?: UserVerification;
  /** Ask for provenance only where policy uses it. */
  attestation?: 'none' | 'direct' | 'enterprise';
  /** In order of preference. */
  hints?: Hints;
  excludeCredentials?: readonly CredentialReference[];
  timeout?: number;
}

export interface AssertionRequest {
  rpId: string;
  /** base64url, at least 16 random bytes. */
  challenge: string;
  /** Empty: any passkey for this relying party. */
  allowCredentials?: readonly CredentialReference[];
  userVerification?: UserVerification;
  hints?: Hints;
  timeout?: number;
}

const descriptor = ({ id, transports }: CredentialReference) => ({
  type: 'public-key' as const,
  id,
  ...(transports && transports.length > 0 ? { transports: [...transports] } : {}),
});

/** Options for `PublicKeyCredential.parseCreationOptionsFromJSON` (§5.1.8). */
export const creationOptions = (request: CreationRequest): PublicKeyCredentialCreationOptionsJSON => {
  const residentKey = request.residentKey ?? 'required';
  return {
    rp: request.rp,
    user: request.user,
    challenge: request.challenge,
    pubKeyCredParams: (request.algorithms ?? DEFAULT_ALGORITHMS).map((alg) => ({ type: 'public-key', alg })),
    timeout: request.timeout ?? CEREMONY_TIMEOUT_MS,
    excludeCredentials: (request.excludeCredentials ?? []).map(descriptor),
    authenticatorSelection: {
      residentKey,
      requireResidentKey: residentKey === 'required',
      userVerification: request.userVerification ?? 'required',
    },
    attestation: request.attestation ?? 'none',
    ...(request.hints ? { hints: request.hints } : {}),
    extensions: { credProps: true },
  };
};

/** Options for `PublicKeyCredential.parseRequestOptionsFromJSON` (§5.1.9). */
export const requestOptions = (request: AssertionRequest): PublicKeyCredentialRequestOptionsJSON => ({
  rpId: request.rpId,
  challenge: request.challenge,
  allowCredentials: (request.allowCredentials ?? []).map(descriptor),
  userVerification: request.userVerification ?? 'required',
  timeout: request.timeout ?? CEREMONY_TIMEOUT_MS,
  ...(request.hints ? { hints: request.hints } : {}),
});
