import type { X509Certificate } from 'node:crypto';
import { readLink, type Link } from './link.js';
import { BlobRefused } from './refused.js';

/** Who may sign. */
export interface BlobTrust {
  /** Trust anchors, DER. Several at once, so that one can follow the other. */
  roots: readonly Uint8Array[];
  /** DNS name the signing certificate must bear: FIDO's roots are public ones and vouch for millions of names. */
  signer: string;
}

/** A certificate of a path, and the one whose key verified it. */
export interface Issued {
  subject: Link;
  issuer: Link;
}

/** Who signed, and how that leads to a root: every certificate but the anchor, leaf first. */
export interface SignerPath {
  signer: X509Certificate;
  issued: readonly Issued[];
}

const isValidAt = (certificate: X509Certificate, now: Date): boolean =>
  certificate.validFromDate <= now && now <= certificate.validToDate;

/** Name, key identifier, key usage (checkIssued), authority and signature (RFC 5280 §6.1.3). */
const isIssuer = (issuer: X509Certificate, subject: X509Certificate): boolean =>
  issuer.ca && subject.checkIssued(issuer) && subject.verify(issuer.publicKey);

function readChain(x5c: readonly Uint8Array[]): Link[] {
  try {
    return x5c.map(readLink);
  } catch {
    throw new BlobRefused('malformed');
  }
}

/**
 * The certificate that signed, once a path leads from it to one of the roots. The path is built from the roots: what was
 * presented is never an anchor, not even a self-signed certificate at its end. The root may be left out.
 * @param x5c DER, leaf first
 * @throws BlobRefused `malformed`, `chain_untrusted`, `signer_unexpected`
 */
export function trustedPath(x5c: readonly Uint8Array[], { roots, signer }: BlobTrust, now: Date): SignerPath {
  const chain = readChain(x5c);
  const [leaf] = chain;
  const issued = pathToRoot(chain, roots.map(readLink), now);
  if (!leaf || !issued) throw new BlobRefused('chain_untrusted');
  const { x509 } = leaf;
  if (x509.ca || x509.checkHost(signer, { subject: 'never', wildcards: false }) === undefined)
    throw new BlobRefused('signer_unexpected');
  return { signer: x509, issued };
}

function pathToRoot(chain: readonly Link[], roots: readonly Link[], now: Date): Issued[] | undefined {
  const issued: Issued[] = [];
  for (const [place, subject] of chain.entries()) {
    const { x509 } = subject;
    if (!isValidAt(x509, now)) return undefined;
    if (roots.some((root) => root.x509.raw.equals(x509.raw))) return issued;
    const root = roots.find((each) => isIssuer(each.x509, x509));
    if (root) return [...issued, { subject, issuer: root }];
    const next = chain[place + 1];
    if (!next || next.pathLength < place || !isIssuer(next.x509, x509)) return undefined;
    issued.push({ subject, issuer: next });
  }
  return undefined;
}
