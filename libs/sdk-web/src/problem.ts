import type { Signals } from './types.js';

/** Codes of this library, for what happens in the browser before or instead of an answer of the API. */
export type LocalCode =
  | 'passkeys_unsupported'
  | 'ceremony_cancelled'
  | 'ceremony_aborted'
  | 'already_registered'
  | 'page_not_allowed'
  | 'authenticator_failed'
  | 'key_unavailable'
  | 'token_unbound'
  | 'network_failed'
  | 'answer_unreadable';

/** Members of a problem document (RFC 9457) beside its title and status; each is present only where it applies. */
export interface ProblemDetails {
  /** Leads to this request in the platform's logs. */
  requestId?: string;
  /** Seconds to wait before trying again. */
  retryAfter?: number;
  /** Tries left before a lockout. */
  attemptsRemaining?: number;
  /** End of a lockout, Unix seconds. */
  lockoutUntil?: number;
  /** Action for which a grant is asked (`step_up_required`). */
  action?: string;
  /** Assurance that would be enough, and its greatest age in seconds (RFC 9470). */
  acrValues?: string;
  maxAge?: number;
  /** What policy asks of a passkey and this one does not have, e.g. `device_bound`. */
  requirements?: string[];
  /** What the browser was told to forget. */
  signals?: Pick<Signals, 'unknownCredential'>;
  /** Members of the request that were wrong. */
  errors?: { path: string; message: string }[];
}

/**
 * The one error this library throws. `code` is stable and meant for programs: a `LocalCode`, or one of the API's codes
 * as its documentation lists them. `message` is the title, one short English sentence.
 */
export class CountersignProblem extends Error {
  override readonly name = 'CountersignProblem';

  constructor(
    readonly code: string,
    message: string,
    /** HTTP status; 0 when no answer was involved. */
    readonly status: number = 0,
    readonly details: ProblemDetails = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A problem of this library's own, with what caused it. */
export const localProblem = (code: LocalCode, message: string, cause?: unknown): CountersignProblem =>
  new CountersignProblem(code, message, 0, {}, { cause });

/** The page aborted the signal that it gave; whatever the reason was, the code is one. */
export const withdrawn = (cause: unknown): CountersignProblem =>
  localProblem('ceremony_aborted', 'The request was withdrawn by the page.', cause);

/** Reads a refusal. An answer that is no problem document (a proxy's page, say) keeps its status and gets a local code. */
export async function problemOf(response: Response): Promise<CountersignProblem> {
  const document = await readDocument(response);
  if (!document) return new CountersignProblem('answer_unreadable', 'The answer could not be read.', response.status);
  const { code, title, status: _status, type: _type, ...details } = document;
  return new CountersignProblem(code, title, response.status, details);
}

type ProblemDocument = ProblemDetails & { code: string; title: string; status?: number; type?: string };

async function readDocument(response: Response): Promise<ProblemDocument | undefined> {
  const body: unknown = await response.json().catch(() => undefined);
  return isProblemDocument(body) ? body : undefined;
}

const isProblemDocument = (body: unknown): body is ProblemDocument =>
  typeof body === 'object' &&
  body !== null &&
  'code' in body &&
  typeof body.code === 'string' &&
  'title' in body &&
  typeof body.title === 'string';
