import { LIMITS } from '../limits.js';
import { Malformed } from '../malformed.js';
import { readCertificate, type PresentedCertificate } from './certificate.js';

/** Certificates as presented, leaf first; there is always a leaf. */
export type Chain = [PresentedCertificate, ...PresentedCertificate[]];

/**
 * Reads the certificates of a statement.
 * @param clause of the format whose statement it is
 * @param leafUnderstood critical extensions of the leaf that the format itself looks at
 * @throws Malformed `attestation_invalid` when it is no array, empty, too long, or a certificate cannot be read
 */
export function readChain(x5c: unknown, clause: string, leafUnderstood: readonly string[] = []): Chain {
  const [first, ...rest] = Array.isArray(x5c) && x5c.length <= LIMITS.certificates ? (x5c as unknown[]) : [];
  if (first === undefined) throw new Malformed('attestation_invalid', clause, { rule: 'x5c' });
  return [readCertificate(first, leafUnderstood), ...rest.map((der) => readCertificate(der))];
}
