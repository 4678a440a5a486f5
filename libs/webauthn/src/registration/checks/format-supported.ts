import { clause, pass } from '@countersign/kernel';
import { formatRefusal } from '../../attestation/registry.js';
import type { RegistrationProof } from '../proof.js';

/** Refuses an attestation statement format that nothing here verifies; letter case matters. */
export const checkFormatSupported = clause<RegistrationProof>(
  'WebAuthn L3 §7.1 step 21',
  ({ fmt }) => formatRefusal(fmt) ?? pass,
);
