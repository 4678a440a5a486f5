import { clause, pass, reject } from '@countersign/kernel';
import type { RegistrationProof } from '../proof.js';

/** Refuses a key whose algorithm was not offered (R13). */
export const checkAlgorithmOffered = clause<RegistrationProof>('WebAuthn L3 §7.1 step 20', ({ cose, expected }) =>
  expected.algorithms.includes(cose.algorithm) ? pass : reject('algorithm_not_allowed', { algorithm: cose.algorithm }),
);
