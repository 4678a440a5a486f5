import { DPOP_ALGORITHMS, fromBase64Url, type DpopAlgorithm } from '@countersign/kernel';

/** A public key as a proof carries it, with the members that make it and no others. */
export type PublicKey = { kty: string } & Partial<Record<'crv' | 'x' | 'y' | 'n' | 'e', string>>;

/** RFC 7518 §6.2.2, §6.3.2, RFC 8037 §2: with one of these it is not public; `k` is no key pair at all. */
const PRIVATE = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];
/** A greater modulus or exponent would only be a way to cost us time. */
const RSA_BYTES = { least: 256, most: 512 } as const;
const RSA_EXPONENT = 'AQAB';

/** What makes a key of each algorithm; bytes of each coordinate. */
const KINDS: Readonly<Record<DpopAlgorithm, (jwk: Record<string, unknown>) => PublicKey | undefined>> = {
  ES256: (jwk) => onCurve(jwk, 'EC', 'P-256', { x: 32, y: 32 }),
  ES384: (jwk) => onCurve(jwk, 'EC', 'P-384', { x: 48, y: 48 }),
  EdDSA: (jwk) => onCurve(jwk, 'OKP', 'Ed25519', { x: 32 }),
  PS256: rsa,
};

/** The algorithm a proof names, if it is one of those accepted. Letter case counts. */
export const algorithmOf = (alg: unknown): DpopAlgorithm | undefined =>
  DPOP_ALGORITHMS.find((accepted) => accepted === alg);

/** The public key in a proof's header; undefined when it is none, is not public, or is not of the algorithm's kind. */
export function publicKeyOf(jwk: unknown, alg: DpopAlgorithm): PublicKey | undefined {
  if (typeof jwk !== 'object' || jwk === null || Array.isArray(jwk)) return undefined;
  if (PRIVATE.some((member) => Object.hasOwn(jwk, member))) return undefined;
  return KINDS[alg]({ ...jwk });
}

function onCurve(
  jwk: Record<string, unknown>,
  kty: string,
  crv: string,
  coordinates: Record<string, number>,
): PublicKey | undefined {
  if (jwk.kty !== kty || jwk.crv !== crv) return undefined;
  const entries = Object.entries(coordinates);
  if (!entries.every(([name, bytes]) => bytesOf(jwk[name])?.length === bytes)) return undefined;
  return { kty, crv, ...(Object.fromEntries(entries.map(([name]) => [name, jwk[name]])) as { x: string }) };
}

function rsa({ kty, n, e }: Record<string, unknown>): PublicKey | undefined {
  const modulus = bytesOf(n);
  if (kty !== 'RSA' || e !== RSA_EXPONENT || !modulus) return undefined;
  const isSized = modulus.length >= RSA_BYTES.least && modulus.length <= RSA_BYTES.most;
  // Its first bit is set: no leading zero (RFC 7518 §6.3.1.1), and as many bits as it has room for.
  return isSized && modulus[0]! >= 0x80 ? { kty, n: n as string, e } : undefined;
}

const bytesOf = (value: unknown): Uint8Array | undefined =>
  typeof value === 'string' ? fromBase64Url(value) : undefined;
