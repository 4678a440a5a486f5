import { refuse, type Code } from '@countersign/kernel';

/** What is wrong with one member of a request. */
export interface Fault {
  /** Path of the member, e.g. `origins.0`. */
  path: string;
  message: string;
}

/** A fault when the condition does not hold, nothing otherwise. */
export const expectThat = (holds: boolean, path: string, message: string): Fault[] =>
  holds ? [] : [{ path, message }];

/** Refuses with all faults at once, so that nobody corrects them one by one. */
export function refuseFaults(code: Code, faults: readonly Fault[]): void {
  if (faults.length > 0) throw refuse(code, { errors: [...faults] });
}
