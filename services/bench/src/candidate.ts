import type { SignIn } from './load/load.js';

/** How statements are told apart by their names. */
export interface Division {
  /** A request waits for it. */
  isWaitedFor(name: string): boolean;
  /** No request waits for it, and it is, or ends, one transaction that writes. */
  isBackgroundWrite(name: string): boolean;
}

/** Of a server that does nothing behind its requests: somebody waits for each statement, `begin` and `commit` too. */
export const ALL_WAITED_FOR: Division = { isWaitedFor: () => true, isBackgroundWrite: () => false };

/** Something that signs people in and is measured from outside. */
export interface Candidate {
  adminUrl: string;
  postgresPid: number;
  serverPid: number;
  /** How often the server sent each statement so far, by name. */
  statements(): Promise<Record<string, number>>;
  division: Division;
  signIn: SignIn;
  /** The server stands still until `thaw`: it uses no CPU and sends nothing. */
  freeze(): void;
  thaw(): void;
}
