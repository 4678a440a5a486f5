import { randomBytes } from 'node:crypto';
import { fromBase64Url, isUuid, sha256, toBase64Url } from '@countersign/kernel';

const UUID_BYTES = 16;
const FAMILY_BYTES = 16;
const SECRET_BYTES = 32;
const COOKIE = 'csc1.';
const REFRESH = 'csr1.';

/** Where a secret leads: tenant and session, both UUIDs. They are names, not secrets. */
export interface SessionRef {
  tenant: string;
  session: string;
}

/** A web session's cookie as it was presented; the database knows only the hash. */
export interface CookieSecret extends SessionRef {
  hash: Uint8Array<ArrayBuffer>;
}

/** A refresh token as it was presented; the database knows only the hashes. */
export interface RefreshSecret extends SessionRef {
  /** Of the part that stays the same: it tells a token used before from one that was made up. */
  familyHash: Uint8Array<ArrayBuffer>;
  /** Of the part that changes with every use. */
  hash: Uint8Array<ArrayBuffer>;
}

const uuidBytes = (uuid: string): Buffer => Buffer.from(uuid.replaceAll('-', ''), 'hex');

const uuidText = (bytes: Uint8Array): string =>
  Buffer.from(bytes)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

/** `csc1.` and base64url of `tenant (16) ‖ session (16) ‖ 256 random bits`. */
export function newCookie({ tenant, session }: SessionRef): { cookie: string; hash: Uint8Array<ArrayBuffer> } {
  const secret = randomBytes(SECRET_BYTES);
  const bytes = Buffer.concat([uuidBytes(tenant), uuidBytes(session), secret]);
  return { cookie: COOKIE + toBase64Url(bytes), hash: sha256(secret) };
}

/** Undefined for whatever `newCookie` could not have made. */
export function readCookie(cookie: string): CookieSecret | undefined {
  const bytes = payloadOf(cookie, COOKIE, 2 * UUID_BYTES + SECRET_BYTES);
  const ref = bytes && refOf(bytes);
  return ref && { ...ref, hash: sha256(bytes.subarray(2 * UUID_BYTES)) };
}

/** The part of a refresh token that all tokens of one family share. */
export const newFamily = (): Uint8Array<ArrayBuffer> => new Uint8Array(randomBytes(FAMILY_BYTES));

/** `csr1.` and base64url of `tenant (16) ‖ session (16) ‖ family (16) ‖ 256 random bits`. */
export function newRefreshToken(
  { tenant, session }: SessionRef,
  family: Uint8Array,
): { token: string; familyHash: Uint8Array<ArrayBuffer>; hash: Uint8Array<ArrayBuffer> } {
  const secret = randomBytes(SECRET_BYTES);
  const bytes = Buffer.concat([uuidBytes(tenant), uuidBytes(session), family, secret]);
  return { token: REFRESH + toBase64Url(bytes), familyHash: sha256(family), hash: sha256(secret) };
}

/** The next token of a family, out of the present one: the constant part is known to its holder only. */
export function successorOf(token: string): ReturnType<typeof newRefreshToken> | undefined {
  const bytes = refreshBytes(token);
  const ref = bytes && refOf(bytes);
  return ref && newRefreshToken(ref, familyOf(bytes));
}

/** Undefined for whatever `newRefreshToken` could not have made. */
export function readRefreshToken(token: string): RefreshSecret | undefined {
  const bytes = refreshBytes(token);
  const ref = bytes && refOf(bytes);
  const secret = bytes?.subarray(2 * UUID_BYTES + FAMILY_BYTES);
  return ref && secret && { ...ref, familyHash: sha256(familyOf(bytes)), hash: sha256(secret) };
}

/** The anti-CSRF value of a web session. It follows from the cookie's hash, so that nothing is stored for it. */
export const csrfTokenOf = (cookieHash: Uint8Array): string => toBase64Url(sha256('countersign csrf v1\0', cookieHash));

const refreshBytes = (token: string): Uint8Array<ArrayBuffer> | undefined =>
  payloadOf(token, REFRESH, 2 * UUID_BYTES + FAMILY_BYTES + SECRET_BYTES);

const familyOf = (bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> =>
  bytes.subarray(2 * UUID_BYTES, 2 * UUID_BYTES + FAMILY_BYTES);

function payloadOf(text: string, prefix: string, length: number): Uint8Array<ArrayBuffer> | undefined {
  if (!text.startsWith(prefix) || text.length > prefix.length + 2 * length) return undefined;
  const bytes = fromBase64Url(text.slice(prefix.length));
  return bytes?.length === length ? bytes : undefined;
}

function refOf(bytes: Uint8Array): SessionRef | undefined {
  const tenant = uuidText(bytes.subarray(0, UUID_BYTES));
  const session = uuidText(bytes.subarray(UUID_BYTES, 2 * UUID_BYTES));
  return isUuid(tenant) && isUuid(session) ? { tenant, session } : undefined;
}
