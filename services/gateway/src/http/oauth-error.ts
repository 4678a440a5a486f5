import { isRefusal, type Code, type ErrorKind } from '@countersign/kernel';

const BY_CODE: Partial<Record<Code, string>> = {
  scope_refused: 'invalid_scope',
  refresh_refused: 'invalid_grant',
  grant_type_unsupported: 'unsupported_grant_type',
  client_unknown: 'invalid_client',
  client_refused: 'invalid_client',
  dpop_nonce_required: 'use_dpop_nonce',
};

const BY_KIND: Partial<Record<ErrorKind, string>> = {
  unauthenticated: 'invalid_client',
  forbidden: 'unauthorized_client',
  rate_limited: 'temporarily_unavailable',
  unavailable: 'temporarily_unavailable',
  deadline: 'temporarily_unavailable',
  internal: 'server_error',
};

/** Whether it is the proof of possession that was refused, or the way its token was sent (RFC 9449). */
export const isAboutProof = (code: Code): boolean => code.startsWith('dpop_');

/** The `error` that OAuth clients expect beside our `code` (RFC 6749 §5.2, RFC 6750 §3.1, RFC 9449 §5). */
export function oauthError(error: unknown): string {
  if (!isRefusal(error)) return 'server_error';
  const known = BY_CODE[error.code];
  if (known !== undefined) return known;
  return isAboutProof(error.code) ? 'invalid_dpop_proof' : (BY_KIND[error.kind] ?? 'invalid_request');
}
