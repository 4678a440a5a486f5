import { clause, pass, reject } from '@countersign/kernel';
import type { AuthenticationProof } from '../proof.js';

/** Refuses a proof that names another credential than the record it is judged by. */
export const checkCredentialOnRecord = clause<AuthenticationProof>('WebAuthn L3 §7.2 step 6', ({ id, credential }) =>
  id === credential.id ? pass : reject('credential_mismatch'),
);
