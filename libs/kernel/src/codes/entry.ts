import type { ErrorDetails, ErrorKind } from '../errors.js';

/** One refusal as `docs/errors.md` tells it: what happened, why, and what the caller can do. */
export interface CodeEntry {
  kind: ErrorKind;
  /** Public, one short sentence; says nothing about whether an account exists. */
  title: string;
  cause: string;
  remedy: string;
  /** Details as an answer carries them, for the example in the documentation; left out where there are none. */
  example?: ErrorDetails;
  /** The code clients are told instead, where this one stands in the records only. */
  toldAs?: string;
}

/** Keeps the literal keys of a table of codes. */
export const codes = <T extends Record<string, CodeEntry>>(table: T): T => table;
