import { pass, reject } from '@countersign/kernel';
import type { SignInAttempt } from '../attempt.js';
import { rule } from './rule.js';

/**
 * Where a name was given, only the person of that name may answer. For a name that nobody has, nobody may: somebody
 * else's good passkey is refused there exactly as it is for a name that exists (R14).
 */
export const checkPersonNamed = rule<SignInAttempt>(
  'WebAuthn L3 §7.2 step 6',
  'subject_mismatch',
  ({ terms, subject, holder }) => (!terms.named || holder?.subject === subject ? pass : reject('subject_mismatch')),
);
