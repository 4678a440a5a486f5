import { pass, reject } from '@countersign/kernel';
import type { StepUpAttempt } from '../attempt.js';
import { rule } from './rule.js';

/** Refuses a step-up that was begun in another session: its confirmation was not given for this one. */
export const checkSameSession = rule<StepUpAttempt>('RFC 9470 §4', 'session_mismatch', ({ terms, caller }) =>
  terms.session === caller.session ? pass : reject('session_mismatch'),
);
