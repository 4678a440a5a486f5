import { fromBase64Url } from '@countersign/kernel';

const MAX_CHARACTERS = 4096;
const MAX_JTI = 255;
const MAX_URL = 2048;
/** Members with which a proof would choose how it is to be read (RFC 7515 §4.1.11, RFC 8725 §3.10). */
const FORBIDDEN = ['crit', 'jku', 'x5u', 'x5c', 'b64', 'zip', 'enc'];

/** A DPoP proof (RFC 9449 §4.2) as it was presented. Nothing of it is believed yet. */
export interface Proof {
  typ: unknown;
  alg: unknown;
  jwk: unknown;
  jti: string;
  htm: string;
  htu: string;
  /** Unix seconds. */
  iat: number;
  ath: string | undefined;
  nonce: string | undefined;
}

/**
 * Reads what stood in the header `DPoP` (RFC 9449 §4.3 items 1 to 3). Two headers arrive joined by a comma, which no compact
 * JWS holds.
 *
 * @returns undefined for whatever is not one compact JWS with every member a proof must have
 */
export function readProof(text: string): Proof | undefined {
  if (text.length > MAX_CHARACTERS) return undefined;
  const parts = text.split('.', 4);
  if (parts.length !== 3 || !fromBase64Url(parts[2]!)) return undefined;
  const [header, claims] = [objectOf(parts[0]!), objectOf(parts[1]!)];
  if (!header || !claims || FORBIDDEN.some((member) => Object.hasOwn(header, member))) return undefined;
  const { typ, alg, jwk } = header;
  const { jti, htm, htu, iat, ath, nonce } = claims;
  if (!isText(jti, MAX_JTI) || !isText(htm, 16) || !isText(htu, MAX_URL) || !Number.isFinite(iat)) return undefined;
  if (!isTextOrAbsent(ath) || !isTextOrAbsent(nonce)) return undefined;
  return { typ, alg, jwk, jti, htm, htu, iat: iat as number, ath, nonce };
}

const isText = (value: unknown, most: number): value is string =>
  typeof value === 'string' && value !== '' && value.length <= most;

const isTextOrAbsent = (value: unknown): value is string | undefined => value === undefined || isText(value, MAX_JTI);

function objectOf(segment: string): Record<string, unknown> | undefined {
  try {
    // What is no base64url decodes to nothing, and nothing is no JSON.
    const bytes = fromBase64Url(segment);
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
