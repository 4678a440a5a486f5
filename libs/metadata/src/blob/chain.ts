import { X509Certificate } from 'node:crypto';
import { AsnConvert } from '@peculiar/asn1-schema';
import { BasicConstraints, Certificate } from '@peculiar/asn1-x509';
import { BlobRefused } from './refused.js';

/** Who may sign. */
export interface BlobTrust {
  /** Trust anchors, DER. Several at once, so that one can follow the other. */
  roots: readonly Uint8Array[];
  /** DNS name the signing certificate must bear: FIDO's roots are public ones and vouch for millions of names. */
  signer: string;
}

const isValidAt = (certificate: X509Certificate, now: Date): boolean =>
  certificate.validFromDate <= now && now <= certificate.validToDate;

/** Name, key identifier, key usage (checkIssued), authority and signature (RFC 5280 §6.1.3). */
const issued = (issuer: X509Certificate, subject: X509Certificate): boolean =>
  issuer.ca && subject.checkIssued(issuer) && subject.verify(issuer.publicKey);

const BASIC_CONSTRAINTS = '2.5.29.19';

/** A certificate and how many authorities may stand between it and the leaf, which OpenSSL's view does not tell. */
interface Link {
  x509: X509Certificate;
  pathLength: number;
}

function readLink(der: Uint8Array): Link {
  const { extensions = [] } = AsnConvert.parse(new Uint8Array(der), Certificate).tbsCertificate;
  const found = extensions.find(({ extnID }) => extnID === BASIC_CONSTRAINTS);
  const constraints = found && AsnConvert.parse(found.extnValue, BasicConstraints);
  return { x509: new X509Certificate(der), pathLength: constraints?.pathLenConstraint ?? Infinity };
}

function readChain(x5c: readonly Uint8Array[]): Link[] {
  try {
    return x5c.map(readLink);
  } catch {
    throw new BlobRefused('malformed');
  }
}

/** Whether one of the roots is, or issued, this certificate. */
const anchored = (certificate: X509Certificate, roots: readonly X509Certificate[]): boolean =>
  roots.some((root) => root.raw.equals(certificate.raw) || issued(root, certificate));

/**
 * The certificate that signed, once a path leads from it to one of the roots. The path is built from the roots: what was
 * presented is never an anchor, not even a self-signed certificate at its end. The root may be left out.
 * @param x5c DER, leaf first
 * @throws BlobRefused `malformed`, `chain_untrusted`, `signer_unexpected`
 */
export function trustedSigner(x5c: readonly Uint8Array[], { roots, signer }: BlobTrust, now: Date): X509Certificate {
  const chain = readChain(x5c);
  const trusted = roots.map((der) => new X509Certificate(der));
  const [leaf] = chain;
  if (!leaf || !leadsToRoot(chain, trusted, now)) throw new BlobRefused('chain_untrusted');
  const { x509 } = leaf;
  if (x509.ca || x509.checkHost(signer, { subject: 'never', wildcards: false }) === undefined)
    throw new BlobRefused('signer_unexpected');
  return x509;
}

function leadsToRoot(chain: readonly Link[], roots: readonly X509Certificate[], now: Date): boolean {
  for (const [place, { x509 }] of chain.entries()) {
    if (!isValidAt(x509, now)) return false;
    if (anchored(x509, roots)) return true;
    const next = chain[place + 1];
    if (!next || next.pathLength < place || !issued(next.x509, x509)) return false;
  }
  return false;
}
