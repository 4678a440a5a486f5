const P = 2n ** 255n - 19n;
const D = 37095705934669439343138083508754565189542113879843219016388785533085940283555n;
/** y of one point of order 8; with 0, 1 and -1 and its own negative these are all points of small order. */
const Y8 = 2707385501144840649318225287225658788936804267575313519463743609750303402022n;
const SMALL_ORDER = new Set([0n, 1n, P - 1n, Y8, P - Y8]);

function power(base: bigint, exponent: bigint): bigint {
  let [result, square] = [1n, base % P];
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % P;
    square = (square * square) % P;
  }
  return result;
}

/** Euler's criterion: x² = (y² - 1) / (d·y² + 1) has a solution. */
function isOnCurve(y: bigint): boolean {
  const numerator = (y * y - 1n + P) % P;
  const denominator = (D * y * y + 1n) % P;
  const square = (numerator * power(denominator, P - 2n)) % P;
  return square === 0n || power(square, (P - 1n) / 2n) === 1n;
}

/**
 * Whether 32 bytes are a public key worth having: canonical, on the curve (RFC 8032 §5.1.3), and not of small order.
 * Under a key of small order some verifiers (OpenSSL 3.0 among them) accept signatures that nobody made, so its owner
 * could deny every one of them.
 */
export function isSoundEd25519Point(bytes: Uint8Array): boolean {
  if (bytes.length !== 32) return false;
  const bigEndian = Buffer.from(bytes).reverse();
  bigEndian[0] = (bigEndian[0] ?? 0) & 0x7f;
  const y = BigInt(`0x${bigEndian.toString('hex')}`);
  return y < P && !SMALL_ORDER.has(y) && isOnCurve(y);
}
