import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { toBase64Url } from '@countersign/kernel';
import { Malformed } from '../malformed.js';
import { parseCoseKey, type CoseKey } from '../parse/cose-key.js';
import { ALGORITHMS, type Algorithm } from './algorithms.js';
import { isSoundEdwardsPoint } from './edwards-point.js';

/** A key that is ready to verify with. */
export interface PublicKey {
  algorithm: number;
  hash: Algorithm['hash'];
  key: KeyObject;
}

const [CRV_OR_N, X_OR_E, Y] = [-1, -2, -3];
const malformed = (reason: string, algorithm: number): Malformed =>
  new Malformed('public_key_malformed', 'WebAuthn L3 §5.8.5', { reason, algorithm });

/** A byte string parameter; compressed points (a boolean y) are not bytes and so are refused. */
function bytesOf({ parameters, algorithm }: CoseKey, label: number): Uint8Array {
  const value = parameters.get(label);
  if (!(value instanceof Uint8Array)) throw malformed(`parameter ${label}`, algorithm);
  return value;
}

/** Common parameters and exactly those of the key type: nothing optional (WebAuthn L3 §6.5.1). */
function requireOnly({ parameters, algorithm }: CoseKey, labels: number[]): void {
  if (parameters.size !== labels.length + 2 || !labels.every((label) => parameters.has(label)))
    throw malformed('parameters', algorithm);
}

function curveKey(cose: CoseKey, { kty, curve }: Algorithm): JsonWebKey {
  const labels = kty === 2 ? [CRV_OR_N, X_OR_E, Y] : [CRV_OR_N, X_OR_E];
  requireOnly(cose, labels);
  if (!curve || cose.parameters.get(CRV_OR_N) !== curve.crv) throw malformed('curve', cose.algorithm);
  const [x, y] = labels.slice(1).map((label) => bytesOf(cose, label));
  if (x?.length !== curve.size || (y && y.length !== curve.size)) throw malformed('coordinate', cose.algorithm);
  if (curve.edwards && !isSoundEdwardsPoint(x, curve.edwards)) throw malformed('point', cose.algorithm);
  return { kty: kty === 2 ? 'EC' : 'OKP', crv: curve.jwk, x: toBase64Url(x), ...(y ? { y: toBase64Url(y) } : {}) };
}

/** Modulus of 2,048 to 8,192 bits, exponent odd, at least 65537 and at most 32 bits, neither with leading zeros. */
function rsaKey(cose: CoseKey): JsonWebKey {
  requireOnly(cose, [CRV_OR_N, X_OR_E]);
  const [n, e] = [bytesOf(cose, CRV_OR_N), bytesOf(cose, X_OR_E)];
  if (n.length < 256 || n.length > 1024 || (n[0] ?? 0) < (n.length === 256 ? 0x80 : 1))
    throw malformed('modulus', cose.algorithm);
  const exponent = e.length <= 4 ? e.reduce((value, byte) => value * 256 + byte, 0) : 0;
  if (e[0] === 0 || exponent < 65537 || exponent % 2 === 0) throw malformed('exponent', cose.algorithm);
  return { kty: 'RSA', n: toBase64Url(n), e: toBase64Url(e) };
}

/**
 * Makes a key of a COSE_Key. Type, algorithm and curve must agree; points must be uncompressed and on the curve.
 * @throws Malformed `public_key_malformed`
 */
export function publicKeyOf(cose: CoseKey): PublicKey {
  const rule = ALGORITHMS.get(cose.algorithm);
  if (!rule || rule.kty !== cose.kty) throw malformed('kty and alg', cose.algorithm);
  const jwk = rule.kty === 3 ? rsaKey(cose) : curveKey(cose, rule);
  try {
    return { algorithm: cose.algorithm, hash: rule.hash, key: createPublicKey({ key: jwk, format: 'jwk' }) };
  } catch {
    throw malformed('point', cose.algorithm);
  }
}

/** Keys of recent sign-ins: making one costs about as much as verifying with it. */
const recent = new Map<string, PublicKey>();
const RECENT_LIMIT = 4096;

/**
 * The key of a stored credential, from the few thousand used last or made anew.
 * @throws Malformed `public_key_malformed`
 */
export function storedKey(bytes: Uint8Array): PublicKey {
  const name = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  const known = recent.get(name);
  const key = known ?? publicKeyOf(parseCoseKey(bytes));
  if (known) recent.delete(name);
  else if (recent.size >= RECENT_LIMIT) recent.delete(recent.keys().next().value ?? '');
  recent.set(name, key);
  return key;
}
