import type { ErrorKind } from '../errors.js';

/** One refusal as `docs/errors.md` tells it: what happened, why, and what the caller can do. */
export interface CodeEntry {
  kind: ErrorKind;
  /** Public, one short sentence; says nothing about whether an account exists. */
  title: string;
  cause: string;
  remedy: string;
}

/** Keeps the literal keys of a table of codes. */
export const codes = <T extends Record<string, CodeEntry>>(table: T): T => table;
