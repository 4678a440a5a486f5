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
import type { RegistrationProof } from '../proof.js';
import { checkAlgorithmOffered } from './algorithm-offered.js';
import { checkCredentialIdAttested } from './credential-id-attested.js';
import { checkCredentialIdLength } from './credential-id-length.js';
import { checkFormatSupported } from './format-supported.js';

/**
 * What a registration has to satisfy before its attestation statement is verified, in the standard's order.
 * The length of the id (step 25) comes early because everything after it costs a signature; that no other account has
 * the id (step 26) is the store's to say.
 */
export const registrationChecks: readonly Check<RegistrationProof>[] = [
  checkCredentialIdAttested,
  checkType('WebAuthn L3 §7.1 step 7', 'webauthn.create'),
  checkChallenge('WebAuthn L3 §7.1 step 8'),
  checkOrigin('WebAuthn L3 §7.1 step 9'),
  checkCrossOrigin('WebAuthn L3 §7.1 step 10'),
  checkTopOrigin('WebAuthn L3 §7.1 step 11'),
  checkRpId('WebAuthn L3 §7.1 step 14'),
  checkUserPresent('WebAuthn L3 §7.1 step 15'),
  checkUserVerified('WebAuthn L3 §7.1 step 16'),
  checkBackupFlags('WebAuthn L3 §7.1 step 17'),
  checkAlgorithmOffered,
  checkFormatSupported,
  checkCredentialIdLength,
];
