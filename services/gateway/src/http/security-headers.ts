/** Headers of every answer, and of pages. A value that is not listed here is set nowhere else. */
export interface SecurityHeaders {
  api: Record<string, string>;
  page: Record<string, string>;
}

/** Pages load nothing from anywhere else and run no inline code; the API answers nobody's frame. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

export function securityHeaders(publicUrl: string): SecurityHeaders {
  const always = {
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    ...(publicUrl.startsWith('https:') && { 'strict-transport-security': 'max-age=63072000; includeSubDomains' }),
  };
  return {
    api: {
      ...always,
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'cache-control': 'no-store',
    },
    page: { ...always, 'content-security-policy': PAGE_POLICY, 'cache-control': 'no-cache' },
  };
}
