import type { Check } from '@countersign/kernel';
import { checkBackupFlags } from '../../checks/backup-flags.js';
import { checkChallenge } from '../../checks/challenge.js';
import { checkCrossOrigin } from '../../checks/cross-origin.js';
import { checkOrigin } from '../../checks/origin.js';
import { checkRpId } from '../../checks/rp-id.js';
import { checkTopOrigin } from '../../checks/top-origin.js';
import { checkType } from '../../checks/type.js';
import { checkUserPresent } from '../../checks/user-present.js';
import { checkUserVerified } from '../../checks/user-verified.js';
import type { AuthenticationProof } from '../proof.js';
import { checkAlgorithmAccepted } from './algorithm-accepted.js';
import { checkBackupEligibility } from './backup-eligibility.js';
import { checkCredentialAllowed } from './credential-allowed.js';
import { checkCredentialOnRecord } from './credential-on-record.js';
import { checkNoAttestedData } from './no-attested-data.js';
import { checkSignature } from './signature.js';
import { checkUserHandle } from './user-handle.js';

/**
 * What an assertion has to satisfy, in the standard's order. The signature is last: whatever is refused before it may
 * be a stranger's doing, so nothing may happen to the account on the word of these checks (R30).
 */
export const authenticationChecks: readonly Check<AuthenticationProof>[] = [
  checkCredentialAllowed,
  checkCredentialOnRecord,
  checkUserHandle,
  checkType('WebAuthn L3 §7.2 step 10', 'webauthn.get'),
  checkChallenge('WebAuthn L3 §7.2 step 11'),
  checkOrigin('WebAuthn L3 §7.2 step 12'),
  checkCrossOrigin('WebAuthn L3 §7.2 step 13'),
  checkTopOrigin('WebAuthn L3 §7.2 step 14'),
  checkRpId('WebAuthn L3 §7.2 step 15'),
  checkUserPresent('WebAuthn L3 §7.2 step 16'),
  checkUserVerified('WebAuthn L3 §7.2 step 17'),
  checkBackupFlags('WebAuthn L3 §7.2 step 18'),
  checkBackupEligibility,
  checkNoAttestedData,
  checkAlgorithmAccepted,
  checkSignature,
];
