/** Members of a problem document (RFC 9457) beside its title and status; each is present only where it applies. */
export interface ProblemDetails {
  /** Leads to this request in the platform's logs. */
  requestId?: string;
  /** Seconds to wait before trying again. */
  retryAfter?: number;
  /** Members of the request that were wrong. */
  errors?: { path: string; message: string }[];
  /** OAuth error of the token endpoint (RFC 6749 §5.2). */
  error?: string;
}

/**
 * The one error this library throws. `code` is stable: one of the API's codes as its documentation lists them, or
 * `network_failed` (no answer within the time), `answer_unreadable` (an answer that is no problem document) or
 * `token_unbound` (a token that is not bound to the key it was asked with).
 */
export class CountersignProblem extends Error {
  override readonly name = 'CountersignProblem';

  constructor(
    readonly code: string,
    message: string,
    /** HTTP status; 0 when there was no answer. */
    readonly status: number,
    readonly details: ProblemDetails = {},
    /** The server's own token was refused (`WWW-Authenticate: … error="invalid_token"`, RFC 6750 §3.1, RFC 9449 §7.1). */
    readonly tokenRefused: boolean = false,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Reads a refusal. */
export async function problemOf(response: Response): Promise<CountersignProblem> {
  const body: unknown = await response.json().catch(() => undefined);
  if (!isProblemDocument(body))
    return new CountersignProblem('answer_unreadable', 'The answer could not be read.', response.status);
  const { code, title, status: _status, type: _type, ...details } = body;
  return new CountersignProblem(code, title, response.status, details, refusesToken(response));
}

const refusesToken = (response: Response): boolean =>
  response.status === 401 && /error="?invalid_token"?/.test(response.headers.get('www-authenticate') ?? '');

type ProblemDocument = ProblemDetails & { code: string; title: string; status?: number; type?: string };

const isProblemDocument = (body: unknown): body is ProblemDocument =>
  typeof body === 'object' &&
  body !== null &&
  'code' in body &&
  typeof body.code === 'string' &&
  'title' in body &&
  typeof body.title === 'string';
