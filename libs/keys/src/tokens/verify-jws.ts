import type { KeyObject } from 'node:crypto';
import { fromBase64Url, refuse, unixSeconds, utf8, type CountersignError } from '@countersign/kernel';
import { isKid } from '../store/key-id.js';
import { isRawEs256 } from './raw-signature.js';

/** What a verifier demands of a token. */
export interface JwsExpectations {
  /** Exactly this `typ`; for tokens of other makers a list, in which `undefined` lets it be absent. */
  typ: string | readonly (string | undefined)[];
  /** The keys of this issuer and use, e.g. `(kid) => cache.key(kid)`. */
  keyOf: (kid: string) => KeyObject | undefined | Promise<KeyObject | undefined>;
  issuer: string;
  audience: string;
  now: Date;
  /** Greatest `exp - iat`, seconds. */
  maxLifetime?: number;
  /** How far `iat` and `nbf` may lie ahead of `now`, seconds; 5 unless told. `exp` has no grace. */
  skew?: number;
  /** For how long after its `exp` it still counts, seconds; 0 unless told. For certificates of keys whose tokens outlive them. */
  outlivedBy?: number;
  /** 4096 unless told. */
  maxTokenBytes?: number;
}

/** Header of a verified token; `typ` is one that was demanded. */
export interface JwsHeader {
  alg: 'ES256';
  kid: string;
  typ?: string;
}

/** Claims of a verified token; `iss`, `aud`, `iat` and `exp` have been checked. */
export type JwsClaims = Record<string, unknown> & { iss: string; aud: string | string[]; iat: number; exp: number };

/** Members that would let a token say which key or rules to verify it with (RFC 8725 §3.10), or change its form. */
const FORBIDDEN = ['crit', 'jku', 'jwk', 'x5u', 'x5c', 'b64', 'enc', 'zip'];
const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const refused = (reason: string): CountersignError => refuse('token_refused', {}, reason);

/** One segment as bytes. */
function bytesOf(segment: string, what: string): Uint8Array<ArrayBuffer> {
  const bytes = fromBase64Url(segment);
  if (!bytes || bytes.length === 0) throw refused(`${what} is not base64url`);
  return bytes;
}

/** One segment as a JSON object. */
function objectOf(segment: string, what: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text.decode(bytesOf(segment, what)));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    throw refused(`${what} is not JSON`);
  }
  throw refused(`${what} is not an object`);
}

/** RFC 8725 §3.1, §3.10, §3.11: one algorithm, an explicit type, a harmless kid, nothing that redirects. */
function checkHeader(header: Record<string, unknown>, { typ }: JwsExpectations): JwsHeader {
  const forbidden = FORBIDDEN.find((member) => Object.hasOwn(header, member));
  if (forbidden) throw refused(`header has ${forbidden}`);
  if (header['alg'] !== 'ES256') throw refused('alg');
  const types: readonly unknown[] = typeof typ === 'string' ? [typ] : typ;
  if (!types.includes(header['typ'])) throw refused('typ');
  if (!isKid(header['kid'])) throw refused('kid');
  return header as unknown as JwsHeader;
}

const isTime = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value) && value >= 0;

/** RFC 7519 §4.1.4-6; a token is dead at the second of its `exp`. */
function checkTimes(
  claims: Record<string, unknown>,
  { now, maxLifetime, skew = 5, outlivedBy = 0 }: JwsExpectations,
): void {
  const { exp, iat, nbf } = claims;
  const second = unixSeconds(now);
  if (!isTime(exp)) throw refused('exp');
  if (!isTime(iat) || iat > second + skew) throw refused('iat');
  if (nbf !== undefined && (!isTime(nbf) || nbf > second + skew)) throw refused('nbf');
  if (maxLifetime !== undefined && exp - iat > maxLifetime) throw refused('lifetime');
  if (exp + outlivedBy <= second) throw refuse('token_expired');
}

/** RFC 7519 §4.1.1, §4.1.3. */
function checkParties({ iss, aud }: Record<string, unknown>, { issuer, audience }: JwsExpectations): void {
  if (iss !== issuer) throw refused('iss');
  const audiences: unknown[] = Array.isArray(aud) ? aud : [aud];
  if (!audiences.includes(audience)) throw refused('aud');
}

/**
 * Verifies a compact JWS strictly (RFC 8725): fixed algorithm, exact type, known key, raw signature of 64 bytes, strict
 * base64url and UTF-8, then issuer, audience and times. Nothing of the payload is read before the signature has verified.
 *
 * @throws `token_refused` (`internal` says why), `token_expired` for an otherwise good token
 */
export async function verifyJws(
  token: string,
  expected: JwsExpectations,
): Promise<{ header: JwsHeader; claims: JwsClaims }> {
  if (token.length > (expected.maxTokenBytes ?? 4096)) throw refused('size');
  const [head, payload, mark, ...rest] = token.split('.', 4);
  if (head === undefined || payload === undefined || mark === undefined || rest.length > 0)
    throw refused('not compact');
  const header = checkHeader(objectOf(head, 'header'), expected);
  const key = await expected.keyOf(header.kid);
  if (!key) throw refused('unknown key');
  const signature = bytesOf(mark, 'signature');
  const signed = utf8(`${head}.${payload}`);
  if (!isRawEs256(key, signed, signature)) throw refused('signature');
  const claims = objectOf(payload, 'payload');
  checkParties(claims, expected);
  checkTimes(claims, expected);
  return { header, claims: claims as JwsClaims };
}
