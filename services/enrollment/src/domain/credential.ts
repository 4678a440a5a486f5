import type { CredentialState, StateReason } from './life-cycle.js';

/** An authenticator as stored (WebAuthn L3 §4, credential record); its name is sealed. */
export interface Credential {
  /** UUID; the device id of the API. */
  id: string;
  tenant: string;
  subject: string;
  /** base64url */
  credentialId: string;
  /** COSE_Key bytes. */
  publicKey: Uint8Array;
  algorithm: number;
  counter: number;
  backupEligible: boolean;
  backupState: boolean;
  /** The person was verified when the key was made (uvInitialized). */
  userVerified: boolean;
  transports: string[];
  state: CredentialState;
  reason: StateReason;
  name: { sealed: Uint8Array; commitment: string };
  /** UUID text. */
  aaguid: string;
  attestationFormat: string;
  attestationTrust: string;
  /** Where the attestation says the key lies, FIDO registry values; empty: unknown. */
  keyProtection: readonly string[];
  /** Operating system family it was enrolled on. */
  platform: string;
  createdAt: Date;
  lastUsedAt: Date | undefined;
}

/** What seals the name of a device. */
export const nameContext = ({ tenant, subject, id }: Pick<Credential, 'tenant' | 'subject' | 'id'>) => ({
  credential: id,
  purpose: 'device name',
  subject,
  tenant,
});
