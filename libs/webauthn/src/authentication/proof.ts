import type { Ceremony } from '../checks/ceremony.js';
import { storedKey, type PublicKey } from '../crypto/public-key.js';
import { LIMITS } from '../limits.js';
import { parseAuthenticatorData } from '../parse/authenticator-data.js';
import { decodeField } from '../parse/base64url.js';
import { parseClientData } from '../parse/client-data.js';
import { parseEnvelope } from '../parse/envelope.js';
import type { AuthenticationInput, StoredCredential } from '../types.js';

/** An assertion beside the credential it claims to be by, read but not judged. */
export interface AuthenticationProof extends Ceremony {
  /** base64url, from the envelope. */
  id: string;
  /** base64url; absent or null from authenticators that do not store one. */
  userHandle?: string;
  signature: Uint8Array;
  key: PublicKey;
  credential: StoredCredential;
  allowCredentials: readonly string[];
}

const CLAUSE = 'WebAuthn L3 §5.2.2';
const AUTH_DATA = {
  name: 'authenticatorData',
  maxBytes: LIMITS.authenticatorData,
  code: 'authenticator_data_malformed',
  clause: CLAUSE,
} as const;
const SIGNATURE = {
  name: 'signature',
  maxBytes: LIMITS.signature,
  code: 'credential_malformed',
  clause: CLAUSE,
} as const;
const HANDLE = {
  name: 'userHandle',
  maxBytes: LIMITS.userHandle,
  code: 'credential_malformed',
  clause: CLAUSE,
} as const;

function readHandle(value: unknown): { userHandle?: string } {
  if (value === undefined || value === null) return {};
  decodeField(value, HANDLE);
  return { userHandle: String(value) };
}

/** @throws Malformed naming the part that cannot be read */
export function readAuthentication(input: AuthenticationInput): AuthenticationProof {
  const { id, response } = parseEnvelope(input.response);
  return {
    id,
    ...readHandle(response['userHandle']),
    clientData: parseClientData(response['clientDataJSON']),
    authData: parseAuthenticatorData(decodeField(response['authenticatorData'], AUTH_DATA)),
    signature: decodeField(response['signature'], SIGNATURE),
    key: storedKey(input.credential.publicKey),
    credential: input.credential,
    allowCredentials: input.allowCredentials,
    expected: input,
  };
}
