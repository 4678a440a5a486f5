import { clause, pass, reject, runChecks, type Check } from '@countersign/kernel';
import type { Refused } from '../malformed.js';

/** One rule of a format; `name` is what the facts of a refusal say. */
export const rule = <Proof>(
  clauseName: string,
  name: string,
  holds: (proof: Proof) => boolean,
  code: 'attestation_invalid' | 'attestation_revoked' = 'attestation_invalid',
): Check<Proof> => clause<Proof>(clauseName, (proof) => (holds(proof) ? pass : reject(code, { rule: name })));

/** Runs the rules of a format in order: the first that is broken, or nothing. */
export function firstBroken<Proof>(rules: readonly Check<Proof>[], proof: Proof): Refused | undefined {
  const verdict = runChecks(rules, proof);
  return verdict.ok ? undefined : { ...verdict, clause: verdict.clause ?? '' };
}
