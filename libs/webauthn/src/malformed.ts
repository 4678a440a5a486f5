import type { Code, Refusal } from '@countersign/kernel';

/** A refusal together with the clause that was broken. */
export type Refused = Refusal & { clause: string };

/** Thrown by parsers only; `refusing` turns it into a verdict before it can leave the library. */
export class Malformed extends Error {
  constructor(
    readonly code: Code,
    readonly clause: string,
    readonly facts: Refusal['facts'] = {},
  ) {
    super(`${code} (${clause})`);
  }
}

/** Runs a verification; input that cannot be read becomes a refusal. Anything else thrown is a defect and passes. */
export function refusing<Result>(verification: () => Result): Result | Refused {
  try {
    return verification();
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    return { ok: false, code: error.code, clause: error.clause, facts: error.facts };
  }
}

/** Text from outside, short enough for an audit record. */
export const excerpt = (text: string): string => text.slice(0, 128).toWellFormed();
