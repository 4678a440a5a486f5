import { Malformed } from '../malformed.js';
import type { Ceremony } from '../checks/ceremony.js';
import { parseAttestationObject, type AttestationObject } from '../parse/attestation-object.js';
import { parseAuthenticatorData, type AttestedCredential } from '../parse/authenticator-data.js';
import { parseClientData } from '../parse/client-data.js';
import { parseCoseKey, type CoseKey } from '../parse/cose-key.js';
import { parseEnvelope, parseTransports } from '../parse/envelope.js';
import type { RegistrationInput } from '../types.js';

/** A registration, read but not judged. */
export interface RegistrationProof extends Ceremony {
  /** base64url, from the envelope. */
  id: string;
  transports: string[];
  attested: AttestedCredential;
  cose: CoseKey;
  fmt: string;
  attStmt: AttestationObject['attStmt'];
}

/**
 * Reads a registration. The browser's convenience copies (`authenticatorData`, `publicKey`, `publicKeyAlgorithm`) are
 * ignored: what counts is inside the attestation object.
 * @throws Malformed naming the part that cannot be read
 */
export function readRegistration(input: RegistrationInput): RegistrationProof {
  const { id, response } = parseEnvelope(input.response);
  const transports = parseTransports(response['transports']);
  const clientData = parseClientData(response['clientDataJSON']);
  const { fmt, attStmt, authData: raw } = parseAttestationObject(response['attestationObject']);
  const authData = parseAuthenticatorData(raw);
  const { attested } = authData;
  if (!attested) throw new Malformed('authenticator_data_malformed', 'WebAuthn L3 §6.1', { reason: 'no credential' });
  const cose = parseCoseKey(attested.publicKey);
  return { id, transports, clientData, authData, attested, cose, fmt, attStmt, expected: input };
}
