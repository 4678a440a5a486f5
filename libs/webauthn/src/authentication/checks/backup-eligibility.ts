import { clause, pass, reject } from '@countersign/kernel';
import type { AuthenticationProof } from '../proof.js';

/** Refuses a credential whose backup eligibility changed, in either direction. */
export const checkBackupEligibility = clause<AuthenticationProof>(
  'WebAuthn L3 §7.2 step 19',
  ({ authData, credential }) =>
    authData.backupEligible === credential.backupEligible
      ? pass
      : reject('backup_eligibility_changed', { stored: credential.backupEligible }),
);
