import { clause, type Check, type Code, type Verdict } from '@countersign/kernel';

/** A check that also says which code it refuses with, so that the written protocol can be held against the list. */
export interface Rule<Input> extends Check<Input> {
  code: Code;
}

export const rule = <Input>(of: string, code: Code, judge: (input: Input) => Verdict): Rule<Input> =>
  Object.assign(clause(of, judge), { code });
