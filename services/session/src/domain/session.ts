/** A session as the database knows it. Ids are UUIDs. */
export interface Session {
  tenant: string;
  id: string;
  subject: string;
  pseudonym: string;
  clientId: string;
  /** Credential record that opened it. */
  credential: string;
  platform: string;
  acr: string;
  amr: string[];
  /** Unix seconds. */
  authTime: number;
  createdAt: Date;
  lastActiveAt: Date;
  /** Web sessions only: SHA-256 of the cookie's secret. */
  cookieHash?: Uint8Array;
  /** Thumbprint of the key its tokens are bound to (RFC 7638); absent where they are bearer tokens. */
  jkt?: string;
}

/** A session that is bound to a key has no other tokens; one that is not may have some, minted from its cookie. */
export const isBoundAs = (session: Pick<Session, 'jkt'>, token: { jkt?: string | undefined }): boolean =>
  session.jkt === undefined || session.jkt === token.jkt;

/** Seconds a proof by hardware counts as one; then the person authenticates anew or is known less well (NIST SP 800-63B-4 §2.3.3). */
const HARDWARE_SECONDS = 43_200;

/** The earliest authentication by hardware that still counts as one. @param at and result: Unix seconds */
export const hardwareSince = (at: number): number => at - HARDWARE_SECONDS;

/**
 * What the session is worth at a moment: what its last proof was worth, and `phrh` for 12 hours after it at most, also where
 * policy lets the session live on.
 *
 * @param at Unix seconds
 */
export const acrAt = ({ acr, authTime }: Pick<Session, 'acr' | 'authTime'>, at: number): string =>
  acr === 'phrh' && authTime < hardwareSince(at) ? 'phr' : acr;

/** How long a session lives, seconds, by the tenant's present policy. */
export interface Limits {
  inactivity: number;
  absolute: number;
}

/**
 * What a session is worth at this moment: `live`; `ended` by somebody; `device`: its device was suspended or revoked;
 * `expired`: open for too long; `idle`: unused for too long.
 */
export type SessionState = 'live' | 'ended' | 'device' | 'expired' | 'idle';

/** Why sessions are ended, as events and rows say it. */
export type EndReason =
  | 'sign_out'
  | 'signed_out_elsewhere'
  | 'sign_out_others'
  | 'sign_out_all'
  | 'token_revoked'
  | 'refresh_reused'
  | 'device_revoked'
  | 'device_suspended';
