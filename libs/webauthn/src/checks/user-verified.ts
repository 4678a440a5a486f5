import { clause, pass, reject, type Check } from '@countersign/kernel';
import type { Ceremony } from './ceremony.js';

/** Refuses a proof without user verification where the ceremony asked for it; the client has no say (R10). */
export const checkUserVerified = (name: string): Check<Ceremony> =>
  clause(name, ({ authData, expected }) =>
    authData.userVerified || expected.userVerification !== 'required' ? pass : reject('user_verification_missing'),
  );
