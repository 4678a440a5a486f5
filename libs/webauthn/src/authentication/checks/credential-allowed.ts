import { clause, pass, reject } from '@countersign/kernel';
import type { AuthenticationProof } from '../proof.js';

/** Refuses a credential that was not among those asked for. */
export const checkCredentialAllowed = clause<AuthenticationProof>(
  'WebAuthn L3 §7.2 step 5',
  ({ id, allowCredentials }) =>
    allowCredentials.length === 0 || allowCredentials.includes(id) ? pass : reject('credential_not_allowed'),
);
