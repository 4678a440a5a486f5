import { X509Certificate, type KeyObject } from 'node:crypto';
import { equalBytes, sha256, toBase64Url } from '@countersign/kernel';
import { AsnConvert } from '@peculiar/asn1-schema';
import { BasicConstraints, Certificate } from '@peculiar/asn1-x509';
import { isSoundKey, nameText, OIDS, type PresentedCertificate } from './certificate.js';

/**
 * How a format's certificates are held to their dates. `all`: each one valid at the time of the ceremony.
 * `ignore-leaf`: as `all`, but the leaf, whose dates come from the device's clock, may say anything.
 * `not-before-only`: as `ignore-leaf`, and of the others none from the future; expiry is ignored, for keys that were
 * provisioned in a factory for life.
 */
export type Validity = 'all' | 'ignore-leaf' | 'not-before-only';

/** A trust anchor: a name and a key (RFC 5280 §6.1.1 d), and what its certificate says about issuing. */
interface Anchor {
  raw: Uint8Array;
  name: string;
  key: KeyObject;
  isAuthority: boolean;
  pathLength: number;
}

type Issuer = Pick<Anchor, 'name' | 'key'>;

function parseAnchor(der: Uint8Array): Anchor {
  const { tbsCertificate: tbs } = AsnConvert.parse(new Uint8Array(der), Certificate);
  const extension = tbs.extensions?.find(({ extnID }) => extnID === OIDS.basicConstraints);
  const constraints = extension && AsnConvert.parse(extension.extnValue, BasicConstraints);
  const { raw, publicKey: key } = new X509Certificate(der);
  return {
    raw,
    name: nameText(tbs.subject),
    key,
    isAuthority: constraints?.cA === true && isSoundKey(key),
    pathLength: constraints?.pathLenConstraint ?? Infinity,
  };
}

/** A certificate nobody can read anchors nothing. */
function readAnchor(der: Uint8Array): Anchor[] {
  try {
    return [parseAnchor(der)];
  } catch {
    return [];
  }
}

const named = (...parts: (string | Uint8Array)[]): string =>
  toBase64Url(sha256(Buffer.from(JSON.stringify(parts.map((part) => Buffer.from(part).toString('base64'))))));

/** What tells one authority from another: all that its being an anchor depends on. A renewed one is the same. */
const nameOfAuthority = ({ name, key, pathLength }: Anchor): string =>
  named(name, key.export({ format: 'der', type: 'spki' }), String(pathLength));

const nameOfCertificate = (raw: Uint8Array): string => named(raw);

/** The names by which `anchorOf` would tell these anchors; DER. */
export const namesOfAnchors = (anchors: readonly Uint8Array[]): string[] =>
  anchors
    .flatMap(readAnchor)
    .flatMap((anchor) => [nameOfCertificate(anchor.raw), ...(anchor.isAuthority ? [nameOfAuthority(anchor)] : [])]);

const isValidAt = ({ notBefore, notAfter }: PresentedCertificate, now: Date, validity: Validity, isLeaf: boolean) =>
  (isLeaf && validity !== 'all') || (notBefore <= now && (validity === 'not-before-only' || now <= notAfter));

/** Name and signature (RFC 5280 §6.1.3 a). Key identifiers only help to find an issuer; they prove nothing. */
const isIssuedBy = ({ issuerName, x509 }: PresentedCertificate, { name, key }: Issuer): boolean =>
  issuerName === name && x509.verify(key);

/** Whether a presented certificate may issue the one before it, with `below` authorities between it and the leaf. */
const mayIssue = ({ version, constraints, usage }: PresentedCertificate, below: number): boolean =>
  version === 3 &&
  constraints?.cA === true &&
  usage.certificates &&
  (constraints.pathLenConstraint ?? Infinity) >= below;

/** Whether x5c is what it must be: each certificate issued by the next one, which is an authority. */
const isOrdered = (chain: readonly PresentedCertificate[]): boolean =>
  chain.every((certificate, index) => {
    const next = chain[index + 1];
    if (!next) return true;
    return mayIssue(next, index) && isIssuedBy(certificate, { name: next.subjectName, key: next.publicKey });
  });

/**
 * Which of the given anchors a path leads to from the leaf, by a name of ours; undefined: to none. The path is built from
 * the anchors: a certificate that was presented never becomes one, not even a self-signed one at the end, and chains may
 * leave their root out. An anchor counts by its name and key, so a root renewed with both is the same anchor. The leaf
 * itself may be an anchor, then byte for byte.
 * @param chain as presented, leaf first; what lies below the anchor must be valid at `now`, as `validity` has it
 * @param anchors DER; their own dates are not looked at (RFC 5280 §6.1.1 d)
 */
export function anchorOf(
  chain: readonly PresentedCertificate[],
  anchors: readonly Uint8Array[],
  now: Date,
  validity: Validity = 'all',
): string | undefined {
  if (!isOrdered(chain)) return undefined;
  const trusted = anchors.flatMap(readAnchor);
  const own = chain.slice(0, 1).find(({ x509 }) => trusted.some(({ raw }) => equalBytes(raw, x509.raw)));
  for (const [index, certificate] of chain.entries()) {
    if (!isValidAt(certificate, now, validity, index === 0)) return undefined;
    if (own) return nameOfCertificate(own.x509.raw);
    const issuers = trusted.filter(({ isAuthority, pathLength }) => isAuthority && pathLength >= index);
    const issuer = issuers.find((anchor) => isIssuedBy(certificate, anchor));
    if (issuer) return nameOfAuthority(issuer);
  }
  return undefined;
}
