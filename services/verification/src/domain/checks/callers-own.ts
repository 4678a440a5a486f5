import { pass, reject } from '@countersign/kernel';
import type { StepUpAttempt } from '../attempt.js';
import { rule } from './rule.js';

/** Refuses a step-up that somebody else's credential answers, or that was begun for somebody else. */
export const checkCallersOwn = rule<StepUpAttempt>(
  'WebAuthn L3 §7.2 step 6',
  'subject_mismatch',
  ({ caller, subject, holder }) =>
    subject === caller.subject && holder?.subject === caller.subject ? pass : reject('subject_mismatch'),
);
