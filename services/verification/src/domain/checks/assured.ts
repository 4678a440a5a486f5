import { pass, reject, unmetRequirements, type AssuranceNeeds } from '@countersign/kernel';
import type { Shown } from '../attempt.js';
import { rule } from './rule.js';

/**
 * Refuses a credential that is good, and not good enough for what policy asks here. After the signature: only who holds the
 * key is told what it lacks, which says nothing about anybody else's account.
 */
export const checkAssured = rule<Shown & { needs: AssuranceNeeds }>(
  'NIST SP 800-63B-4 §2',
  'assurance_insufficient',
  ({ needs, shown }) => {
    const lacking = unmetRequirements(needs, shown);
    return lacking.length === 0 ? pass : reject('assurance_insufficient', { requirements: lacking.join(' ') });
  },
);
