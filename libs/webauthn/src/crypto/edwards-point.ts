/** a·x² + y² = 1 + d·x²·y² over the integers modulo p, and how its points are written (RFC 8032 §5). */
interface EdwardsCurve {
  p: bigint;
  a: bigint;
  d: bigint;
  /** Bytes of an encoded point: y, little-endian, with the sign of x in the highest bit. */
  size: number;
  /** The y of every point of small order. */
  smallOrder: ReadonlySet<bigint>;
}

const P25519 = 2n ** 255n - 19n;
const P448 = 2n ** 448n - 2n ** 224n - 1n;
/** y of one point of order 8 on Ed25519; with 0, 1 and -1 and its own negative these are all points of small order. */
const Y8 = 2707385501144840649318225287225658788936804267575313519463743609750303402022n;

const CURVES = {
  Ed25519: {
    p: P25519,
    a: P25519 - 1n,
    d: 37095705934669439343138083508754565189542113879843219016388785533085940283555n,
    size: 32,
    smallOrder: new Set([0n, 1n, P25519 - 1n, Y8, P25519 - Y8]),
  },
  // Its cofactor is 4, so 0, 1 and -1 are all.
  Ed448: { p: P448, a: 1n, d: P448 - 39081n, size: 57, smallOrder: new Set([0n, 1n, P448 - 1n]) },
} satisfies Record<string, EdwardsCurve>;

export type EdwardsCurveName = keyof typeof CURVES;

function power(base: bigint, exponent: bigint, p: bigint): bigint {
  let [result, square] = [1n, base % p];
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % p;
    square = (square * square) % p;
  }
  return result;
}

/** Euler's criterion: x² = (1 - y²) / (a - d·y²) has a solution. */
function isOnCurve(y: bigint, { p, a, d }: EdwardsCurve): boolean {
  const numerator = (1n - ((y * y) % p) + p) % p;
  const denominator = (a - ((d * y * y) % p) + p) % p;
  const square = (numerator * power(denominator, p - 2n, p)) % p;
  return square === 0n || power(square, (p - 1n) / 2n, p) === 1n;
}

/**
 * Whether bytes are a public key worth having: canonical, on the curve (RFC 8032 §5.1.3, §5.2.3), not of small order.
 * Under a key of small order some verifiers (OpenSSL 3.0 among them) accept signatures that nobody made, so its owner
 * could deny every one of them.
 */
export function isSoundEdwardsPoint(bytes: Uint8Array, name: EdwardsCurveName): boolean {
  const curve: EdwardsCurve = CURVES[name];
  if (bytes.length !== curve.size) return false;
  const bigEndian = Buffer.from(bytes).reverse();
  bigEndian[0] = (bigEndian[0] ?? 0) & 0x7f;
  const y = BigInt(`0x${bigEndian.toString('hex')}`);
  return y < curve.p && !curve.smallOrder.has(y) && isOnCurve(y, curve);
}
