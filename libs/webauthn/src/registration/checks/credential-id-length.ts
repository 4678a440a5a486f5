import { clause, pass, reject } from '@countersign/kernel';
import type { RegistrationProof } from '../proof.js';

const MAX_BYTES = 1023;

/** Refuses credential ids of more than 1,023 bytes (R12). */
export const checkCredentialIdLength = clause<RegistrationProof>('WebAuthn L3 §7.1 step 25', ({ attested }) => {
  const bytes = attested.credentialId.length;
  return bytes <= MAX_BYTES ? pass : reject('credential_id_too_long', { bytes });
});
