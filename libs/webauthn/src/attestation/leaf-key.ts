import { ALGORITHMS, type Algorithm } from '../crypto/algorithms.js';
import type { PublicKey } from '../crypto/public-key.js';
import type { PresentedCertificate } from './certificate.js';

/** The kind of key an algorithm goes with, as node:crypto names it. */
const kindOf = ({ kty, curve }: Algorithm): string | undefined =>
  kty === 1 ? curve?.openssl : kty === 2 ? 'ec' : 'rsa';

/**
 * The leaf's key under the statement's algorithm: how the certificate itself was signed says nothing about it.
 * @param algorithms those a statement of this format may be signed with
 * @returns `undefined` when the two do not go together, or the certificate forbids its key to sign (RFC 5280 §4.2.1.3).
 */
export function leafKey(
  { publicKey: key, usage }: PresentedCertificate,
  alg: number,
  algorithms: ReadonlyMap<number, Algorithm> = ALGORITHMS,
): PublicKey | undefined {
  const rule = algorithms.get(alg);
  if (!rule || !usage.signatures || key.asymmetricKeyType !== kindOf(rule)) return undefined;
  if (rule.kty === 2 && key.asymmetricKeyDetails?.namedCurve !== rule.curve?.openssl) return undefined;
  return { algorithm: alg, hash: rule.hash, key };
}
