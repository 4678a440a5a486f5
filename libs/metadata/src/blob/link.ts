import { X509Certificate } from 'node:crypto';
import { AsnConvert } from '@peculiar/asn1-schema';
import {
  BasicConstraints,
  Certificate,
  CRLDistributionPoints,
  KeyUsage,
  KeyUsageFlags,
  type DistributionPointName,
  type Extension,
  type Name,
} from '@peculiar/asn1-x509';

const OIDS = { basicConstraints: '2.5.29.19', keyUsage: '2.5.29.15', crlDistributionPoints: '2.5.29.31' } as const;

/** A certificate of a path: OpenSSL's view, and what that does not tell. */
export interface Link {
  x509: X509Certificate;
  /** How many authorities may stand between it and the leaf. */
  pathLength: number;
  serial: bigint;
  issuerName: string;
  /** Whether its key may sign revocation lists; without the extension any key may (RFC 5280 §6.3.3 f). */
  signsLists: boolean;
  /** URIs of the complete lists that its issuer names for it (RFC 5280 §4.2.1.13). */
  lists: readonly string[];
}

/** A name in full, as text: equal for equal names, whatever string type each part was written in. */
export const nameText = (name: Name): string =>
  JSON.stringify(name.map((set) => [...set].map(({ type, value }) => [type, value.toString()])));

/** A serial number by its value: encodings differ, and a leading zero makes no other number. */
export function serialOf(integer: ArrayBuffer): bigint {
  const hex = Buffer.from(integer).toString('hex');
  return BigInt.asIntN(integer.byteLength * 8, BigInt(`0x0${hex}`));
}

export const urisOf = (name: DistributionPointName | undefined): string[] =>
  (name?.fullName ?? []).flatMap(({ uniformResourceIdentifier: uri }) => (uri === undefined ? [] : [uri]));

/** Points of somebody else's lists (indirect ones), or of lists for some reasons only, are left out. */
const pointsOf = (extension: Extension | undefined): string[] =>
  [...(extension ? AsnConvert.parse(extension.extnValue, CRLDistributionPoints) : [])]
    .filter(({ reasons, cRLIssuer }) => reasons === undefined && cRLIssuer === undefined)
    .flatMap(({ distributionPoint }) => urisOf(distributionPoint));

function signsLists(extension: Extension | undefined): boolean {
  if (!extension) return true;
  return (AsnConvert.parse(extension.extnValue, KeyUsage).toNumber() & KeyUsageFlags.cRLSign) !== 0;
}

/** @throws when it is no certificate */
export function readLink(der: Uint8Array): Link {
  const tbs = AsnConvert.parse(new Uint8Array(der), Certificate).tbsCertificate;
  const extensionOf = (id: string) => tbs.extensions?.find(({ extnID }) => extnID === id);
  const found = extensionOf(OIDS.basicConstraints);
  const constraints = found && AsnConvert.parse(found.extnValue, BasicConstraints);
  return {
    x509: new X509Certificate(der),
    pathLength: constraints?.pathLenConstraint ?? Infinity,
    serial: serialOf(tbs.serialNumber),
    issuerName: nameText(tbs.issuer),
    signsLists: signsLists(extensionOf(OIDS.keyUsage)),
    lists: pointsOf(extensionOf(OIDS.crlDistributionPoints)),
  };
}
