import { equalBytes, utf8 } from '@countersign/kernel';
import { csrfTokenOf } from './secrets.js';

/** What a browser sent beside its cookie. */
export interface CookieRequest {
  /** GET, HEAD or OPTIONS: changes nothing. */
  safe: boolean;
  csrfToken: string;
  /** The Origin header, exact. */
  origin: string;
}

/**
 * Whether a request with a cookie is the application's own: it knows a value another site cannot read, and comes from an
 * origin of the application. Both, because a subdomain can plant cookies and an origin can be missing.
 * NIST SP 800-63B §5.1.1 asks for a verified anti-CSRF value.
 */
export function isOwnRequest(request: CookieRequest, cookieHash: Uint8Array, origins: readonly string[]): boolean {
  if (request.safe) return true;
  return equalBytes(utf8(request.csrfToken), utf8(csrfTokenOf(cookieHash))) && origins.includes(request.origin);
}
