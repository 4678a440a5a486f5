import { constants, createPublicKey, verify, type JsonWebKey, type KeyObject } from 'node:crypto';
import { fromBase64Url, unixSeconds, utf8 } from '@countersign/kernel';

/** Greatest distance of `exp`, and how far `iat` and `nbf` may lie ahead, seconds. */
const MAX_LIFE = 300;
const MAX_AHEAD = 10;
const MAX_BYTES = 4096;
const MAX_JTI = 255;
/** Members with which a token would choose its own key or rules (RFC 8725 §3.10). */
const FORBIDDEN = ['crit', 'jku', 'jwk', 'x5u', 'x5c', 'b64', 'zip', 'enc'];
const TYPES: readonly unknown[] = [undefined, 'JWT', 'client-authentication+jwt'];

export interface AssertionExpectations {
  clientId: string;
  /** Values `aud` may have, each a single string. */
  audiences: readonly string[];
  /** The client's registered public keys. */
  keys: readonly Record<string, unknown>[];
  now: Date;
}

/** A client assertion that verified; its `jti` still has to be spent. */
export interface Assertion {
  jti: string;
  /** Unix seconds. */
  exp: number;
}

type Verifier = (key: KeyObject, data: Uint8Array, signature: Uint8Array) => boolean;

/** One algorithm per kind of key (FAPI 2.0 §5.4): a key never verifies another algorithm. */
const ALGORITHMS: Record<string, { kind: (key: KeyObject) => boolean; verify: Verifier }> = {
  ES256: {
    kind: (key) => key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1',
    verify: (key, data, signature) =>
      signature.length === 64 && verify('sha256', data, { key, dsaEncoding: 'ieee-p1363' }, signature),
  },
  EdDSA: {
    kind: (key) => key.asymmetricKeyType === 'ed25519',
    verify: (key, data, signature) => verify(null, data, key, signature),
  },
  PS256: {
    kind: (key) => key.asymmetricKeyType === 'rsa' && (key.asymmetricKeyDetails?.modulusLength ?? 0) >= 2048,
    verify: (key, data, signature) =>
      verify('sha256', data, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }, signature),
  },
};

/**
 * Verifies a client's assertion strictly (RFC 7523 §3, FAPI 2.0): registered key, algorithm of that key, `iss` and `sub`
 * the client, `aud` a single string that names us, at most five minutes, a `jti`.
 *
 * @returns undefined for whatever falls short; the caller learns no more
 */
export function readAssertion(assertion: string, expected: AssertionExpectations): Assertion | undefined {
  const parts = assertion.length <= MAX_BYTES ? assertion.split('.', 4) : [];
  if (parts.length !== 3) return undefined;
  const [head, payload, mark] = parts as [string, string, string];
  const header = objectOf(head);
  const signature = fromBase64Url(mark);
  if (!header || !signature || !isPlain(header)) return undefined;
  if (!verifies(header, utf8(`${head}.${payload}`), signature, expected.keys)) return undefined;
  const claims = objectOf(payload);
  return claims && ownClaims(claims, expected);
}

const isPlain = (header: Record<string, unknown>): boolean =>
  TYPES.includes(header['typ']) && !FORBIDDEN.some((member) => Object.hasOwn(header, member));

function verifies(
  { alg, kid }: Record<string, unknown>,
  data: Uint8Array,
  signature: Uint8Array,
  keys: readonly Record<string, unknown>[],
): boolean {
  const algorithm = typeof alg === 'string' && Object.hasOwn(ALGORITHMS, alg) ? ALGORITHMS[alg] : undefined;
  if (!algorithm) return false;
  return keys
    .filter((jwk) => kid === undefined || jwk['kid'] === kid)
    .filter((jwk) => jwk['alg'] === undefined || jwk['alg'] === alg)
    .map(keyOf)
    .some((key) => key !== undefined && algorithm.kind(key) && algorithm.verify(key, data, signature));
}

function keyOf(jwk: Record<string, unknown>): KeyObject | undefined {
  try {
    return createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' });
  } catch {
    return undefined;
  }
}

function ownClaims(claims: Record<string, unknown>, expected: AssertionExpectations): Assertion | undefined {
  const { iss, sub, aud, jti, exp, iat, nbf } = claims;
  const { clientId, audiences } = expected;
  const now = unixSeconds(expected.now);
  const isPast = (time: unknown): boolean =>
    time === undefined || (typeof time === 'number' && time <= now + MAX_AHEAD);
  if (iss !== clientId || sub !== clientId || typeof aud !== 'string' || !audiences.includes(aud)) return undefined;
  if (typeof jti !== 'string' || jti === '' || jti.length > MAX_JTI) return undefined;
  if (typeof exp !== 'number' || !Number.isFinite(exp) || exp <= now || exp > now + MAX_LIFE) return undefined;
  return isPast(iat) && isPast(nbf) ? { jti, exp } : undefined;
}

function objectOf(segment: string): Record<string, unknown> | undefined {
  const bytes = fromBase64Url(segment);
  if (!bytes) return undefined;
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
