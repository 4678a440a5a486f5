import type { Code } from './codes/index.js';

/** Why a check refused: the code, and values for the audit record (ids, counters, flags; nothing secret or personal). */
export interface Refusal {
  ok: false;
  code: Code;
  facts: Record<string, string | number | boolean>;
}

export type Verdict = { ok: true } | Refusal;

/** One rule of a standard or policy. A list of checks is the policy; the first refusal is the verdict. */
export interface Check<Input> {
  /** The clause it enforces, e.g. `WebAuthn L3 §7.2 step 13`. */
  clause: string;
  (input: Input): Verdict;
}

export const pass: Verdict = { ok: true };

export const reject = (code: Code, facts: Refusal['facts'] = {}): Refusal => ({ ok: false, code, facts });

/** Names a check with its clause: `clause('WebAuthn L3 §7.2 step 14', ({ proof }) => …)`. */
export const clause = <Input>(name: string, rule: (input: Input) => Verdict): Check<Input> =>
  Object.assign((input: Input) => rule(input), { clause: name });

/** Runs the checks in order; the first refusal ends the run. */
export function runChecks<Input>(checks: readonly Check<Input>[], input: Input): Verdict & { clause?: string } {
  for (const check of checks) {
    const verdict = check(input);
    if (!verdict.ok) return { ...verdict, clause: check.clause };
  }
  return pass;
}
