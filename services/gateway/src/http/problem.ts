import {
  CODES,
  DPOP_ALGORITHMS,
  isRefusal,
  refuse,
  type Code,
  type CountersignError,
  type ErrorKind,
} from '@countersign/kernel';
import { isAboutProof, oauthError } from './oauth-error.js';

export type Scheme = 'Bearer' | 'DPoP';

/** A problem document (RFC 9457) with its status and the headers that belong to it. */
export interface Problem {
  status: number;
  headers: Record<string, string>;
  body: Record<string, unknown>;
}

export interface ProblemContext {
  publicUrl: string;
  requestId: string;
  /** Scheme under which a token was presented (RFC 6750 §3.1, RFC 9449 §7.1). */
  presented?: Scheme | undefined;
  /** The operation asks for no token of the caller's: what is wrong with a proof is a bad request there (RFC 9449 §5). */
  isTokenEndpoint?: boolean;
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

export const statusOf = (code: Code, isTokenEndpoint = false): number =>
  isTokenEndpoint && isAboutProof(code) ? 400 : (STATUS_OF_CODE[code] ?? STATUS_OF_KIND[CODES[code].kind]);

/** What the client is told. Anything that is no refusal is `internal`, and its text stays here. */
export function problemOf(error: unknown, context: ProblemContext): Problem {
  const refusal = isRefusal(error) ? error : refuse('internal');
  const status = statusOf(refusal.code, context.isTokenEndpoint);
  const { dpopNonce, ...details } = refusal.details;
  const waits = status === 429 || status === 503;
  const retryAfter = waits ? (details.retryAfter ?? 1) : details.retryAfter;
  const challenge = status === 401 || status === 403 ? challengeOf(refusal, context) : undefined;
  return {
    status,
    headers: {
      ...(retryAfter !== undefined && { 'retry-after': String(Math.ceil(retryAfter)) }),
      ...(challenge && { 'www-authenticate': challenge }),
      ...(dpopNonce !== undefined && { 'dpop-nonce': dpopNonce }),
    },
    body: {
      type: `${context.publicUrl}/docs/errors#${refusal.code}`,
      title: refusal.message,
      status,
      code: refusal.code,
      requestId: context.requestId,
      ...details,
      ...(retryAfter !== undefined && { retryAfter }),
    },
  };
}

/** `WWW-Authenticate` after RFC 6750 §3, RFC 9470 §3 and RFC 9449 §7.1, under the scheme that was used. */
function challengeOf({ code, details }: CountersignError, context: ProblemContext): string | undefined {
  const scheme = context.presented ?? 'Bearer';
  if (code === 'step_up_required') {
    return challenge(scheme, {
      error: 'insufficient_user_authentication',
      acr_values: details.acrValues,
      max_age: details.maxAge,
    });
  }
  if (statusOf(code) === 403) {
    return code === 'scope_missing'
      ? challenge(scheme, { error: 'insufficient_scope', scope: context.scope })
      : undefined;
  }
  if (code === 'dpop_scheme_mismatch') return challenge('DPoP', { error: 'invalid_token' });
  if (isAboutProof(code)) return challenge('DPoP', { error: oauthError(refuse(code)) });
  return context.presented ? challenge(scheme, { error: 'invalid_token' }) : `Bearer, ${challenge('DPoP', {})}`;
}

/** RFC 9449 §7.1: with DPoP the client learns which algorithms are accepted. */
function challenge(scheme: Scheme, parameters: Record<string, string | number | undefined>): string {
  const all = { ...parameters, ...(scheme === 'DPoP' && { algs: DPOP_ALGORITHMS.join(' ') }) };
  const shown = Object.entries(all)
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([name, value]) => `${name}="${String(value).replaceAll(/[^\w .:/-]/g, '')}"`);
  return `${scheme} ${shown.join(', ')}`;
}
