import { clause, pass, reject } from '@countersign/kernel';
import { FORMATS } from '../../attestation/registry.js';
import { excerpt } from '../../malformed.js';
import type { RegistrationProof } from '../proof.js';

/** Refuses an attestation statement format that nothing here verifies; letter case matters. */
export const checkFormatSupported = clause<RegistrationProof>('WebAuthn L3 §7.1 step 21', ({ fmt }) =>
  FORMATS.has(fmt) ? pass : reject('attestation_format_unsupported', { fmt: excerpt(fmt) }),
);
