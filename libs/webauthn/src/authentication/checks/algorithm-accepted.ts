import { clause, pass, reject } from '@countersign/kernel';
import type { AuthenticationProof } from '../proof.js';

/** Refuses a stored key whose algorithm policy no longer accepts (R13): what was offered once is not for ever. */
export const checkAlgorithmAccepted = clause<AuthenticationProof>('WebAuthn L3 §7.2 step 21', ({ key, expected }) =>
  expected.algorithms.includes(key.algorithm) ? pass : reject('algorithm_not_allowed', { algorithm: key.algorithm }),
);
