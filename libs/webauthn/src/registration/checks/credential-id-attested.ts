import { clause, pass, reject, toBase64Url } from '@countersign/kernel';
import type { RegistrationProof } from '../proof.js';

/** Refuses an envelope that names another credential than the authenticator attested; an empty id is never one. */
export const checkCredentialIdAttested = clause<RegistrationProof>('WebAuthn L3 §5.1 rawId', ({ id, attested }) =>
  id === toBase64Url(attested.credentialId) ? pass : reject('credential_mismatch'),
);
