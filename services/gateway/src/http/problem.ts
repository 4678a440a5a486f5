import { CODES, type CountersignError, isRefusal, refuse, type Code, type ErrorKind } from '@countersign/kernel';

/** A problem document (RFC 9457) with its status and the headers that belong to it. */
export interface Problem {
  status: number;
  headers: Record<string, string>;
  body: Record<string, unknown>;
}

export interface ProblemContext {
  publicUrl: string;
  requestId: string;
  /** A token was presented (RFC 6750 §3.1). */
  tokenPresented: boolean;
  /** Scope the operation asks for. */
  scope?: string;
}

const STATUS_OF_KIND: Record<ErrorKind, number> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  too_large: 413,
  rate_limited: 429,
  unavailable: 503,
  deadline: 504,
  internal: 500,
};

/** Where HTTP has a status of its own for one of the invalid requests. */
const STATUS_OF_CODE: Partial<Record<Code, number>> = { method_not_allowed: 405, media_type_unsupported: 415 };

export const statusOf = (code: Code): number => STATUS_OF_CODE[code] ?? STATUS_OF_KIND[CODES[code].kind];

/** What the client is told. Anything that is no refusal is `internal`, and its text stays here. */
export function problemOf(error: unknown, context: ProblemContext): Problem {
  const refusal = isRefusal(error) ? error : refuse('internal');
  const status = statusOf(refusal.code);
  const waits = status === 429 || status === 503;
  const retryAfter = waits ? (refusal.details.retryAfter ?? 1) : refusal.details.retryAfter;
  const challenge = status === 401 || status === 403 ? challengeOf(refusal, context) : undefined;
  return {
    status,
    headers: {
      ...(retryAfter !== undefined && { 'retry-after': String(Math.ceil(retryAfter)) }),
      ...(challenge && { 'www-authenticate': challenge }),
    },
    body: {
      type: `${context.publicUrl}/docs/errors#${refusal.code}`,
      title: refusal.message,
      status,
      code: refusal.code,
      requestId: context.requestId,
      ...refusal.details,
      ...(retryAfter !== undefined && { retryAfter }),
    },
  };
}

/** `WWW-Authenticate` after RFC 6750 §3 and RFC 9470 §3. */
function challengeOf({ code, details }: CountersignError, context: ProblemContext): string | undefined {
  if (code === 'step_up_required') {
    return bearer({
      error: 'insufficient_user_authentication',
      acr_values: details.acrValues,
      max_age: details.maxAge,
    });
  }
  if (statusOf(code) === 403) {
    return code === 'scope_missing' ? bearer({ error: 'insufficient_scope', scope: context.scope }) : undefined;
  }
  return context.tokenPresented ? bearer({ error: 'invalid_token' }) : 'Bearer';
}

const bearer = (parameters: Record<string, string | number | undefined>): string =>
  `Bearer ${Object.entries(parameters)
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([name, value]) => `${name}="${String(value).replaceAll(/[^\w .:/-]/g, '')}"`)
    .join(', ')}`;
