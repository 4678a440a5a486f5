import { CODES, type Code } from './codes/index.js';

/** How an error is treated by every transport; `libs/platform` maps it to gRPC, the gateway to HTTP. */
export type ErrorKind =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'too_large'
  | 'rate_limited'
  | 'unavailable'
  | 'deadline'
  | 'internal';

/** What a caller may be told beside the code. All of it crosses the wire and reaches the HTTP client. */
export interface ErrorDetails {
  /** Tries left before a lockout. */
  attemptsRemaining?: number;
  /** End of the lockout, Unix seconds. */
  lockoutUntil?: number;
  /** Seconds to wait before trying again. */
  retryAfter?: number;
  /** Which members of the request were wrong, and why. */
  errors?: { path: string; message: string }[];
  /** RFC 9470: assurance that would be enough. */
  acrValues?: string;
  /** RFC 9470: greatest age of the authentication, seconds. */
  maxAge?: number;
  /** What policy asks of an authenticator and this one does not satisfy; values of `Requirement`. */
  requirements?: string[];
  /** Name of the action for which a grant is asked. */
  action?: string;
  /** RFC 9449 §8: nonce the next proof has to carry. HTTP sends it as a header. */
  dpopNonce?: string;
  /** WebAuthn Signal API (L3 §5.1.10): a credential the browser should forget. */
  signals?: { unknownCredential: { rpId: string; credentialId: string } };
}

/**
 * The one error that crosses services intact. Anything else becomes `internal` and its text is withheld.
 * `message` is the public title of the code; `cause` and `internal` stay in the process that threw.
 */
export class CountersignError extends Error {
  override readonly name = 'CountersignError';
  readonly kind: ErrorKind;

  constructor(
    readonly code: Code,
    readonly details: ErrorDetails = {},
    /** For this process's log only, ids and reasons, never personal data. */
    readonly internal?: string,
  ) {
    super(CODES[code].title);
    this.kind = CODES[code].kind;
  }
}

/** A refusal, ready to throw: `throw refuse('challenge_spent')`. */
export const refuse = (code: Code, details: ErrorDetails = {}, internal?: string): CountersignError =>
  new CountersignError(code, details, internal);

export const isRefusal = (error: unknown): error is CountersignError => error instanceof CountersignError;
