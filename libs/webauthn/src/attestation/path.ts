import { X509Certificate } from 'node:crypto';
import { equalBytes } from '@countersign/kernel';
import type { PresentedCertificate } from './certificate.js';

const isValidAt = ({ x509 }: PresentedCertificate, now: Date): boolean =>
  x509.validFromDate <= now && now <= x509.validToDate;

/** Name, key identifier, key usage (checkIssued) and signature (RFC 5280 §6.1.3). */
const issued = (issuer: X509Certificate, subject: X509Certificate): boolean =>
  subject.checkIssued(issuer) && subject.verify(issuer.publicKey);

/** Whether a presented certificate may issue the one before it, with `below` authorities between it and the leaf. */
const mayIssue = ({ constraints }: PresentedCertificate, below: number): boolean =>
  constraints?.cA === true && (constraints.pathLenConstraint ?? Infinity) >= below;

/** Whether x5c is what it must be: each certificate issued by the next one, which is an authority. */
const isOrdered = (chain: readonly PresentedCertificate[]): boolean =>
  chain.every((certificate, index) => {
    const next = chain[index + 1];
    return !next || (mayIssue(next, index) && issued(next.x509, certificate.x509));
  });

const isAnchoredBy = (anchor: X509Certificate, { x509 }: PresentedCertificate): boolean =>
  equalBytes(anchor.raw, x509.raw) || (anchor.ca && issued(anchor, x509));

/**
 * Whether a path leads from the leaf to one of the given anchors. It is built from the anchors: a certificate that was
 * presented never becomes one, not even a self-signed one at the end. The leaf itself may be an anchor.
 * @param chain as presented, leaf first; everything up to the anchored one must be valid at `now`
 * @param anchors DER
 */
export function leadsToAnchor(
  chain: readonly PresentedCertificate[],
  anchors: readonly Uint8Array[],
  now: Date,
): boolean {
  if (!isOrdered(chain)) return false;
  const trusted = anchors.map((der) => new X509Certificate(der));
  for (const certificate of chain) {
    if (!isValidAt(certificate, now)) return false;
    if (trusted.some((anchor) => isAnchoredBy(anchor, certificate))) return true;
  }
  return false;
}
