import { AsnConvert } from '@peculiar/asn1-schema';
import { CertificateList, IssuingDistributionPoint, type Extension } from '@peculiar/asn1-x509';
import { nameText, serialOf } from '../blob/link.js';

/** Greatest size of a revocation list in bytes: some 40,000 entries, which the thread reads within seconds. */
export const MAX_CRL_BYTES = 2 * 1024 * 1024;
/** The parser's own limit would end at a thousand entries; the size above bounds this one. */
const LIMITS = { berOptions: { maxNodes: 1_000_000, maxContentLength: MAX_CRL_BYTES } };
const OIDS = { deltaIndicator: '2.5.29.27', issuingPoint: '2.5.29.28' } as const;

/** A revocation list, read and not believed. */
export interface Crl {
  issuerName: string;
  thisUpdate: Date;
  nextUpdate: Date;
  /** Whether it is a whole list of its issuer's own, without anything critical that nobody here understands. */
  isSupported: boolean;
  /** What it is limited to; absent: it is about all certificates of its issuer. */
  scope?: IssuingDistributionPoint;
  /** As it came: what was signed and how. */
  list: CertificateList;
  names(serial: bigint): boolean;
}

/** One that no ASN.1 can be read from, or without a next one (RFC 5280 §5.1.2.5), is none. @param der from outside */
export function readCrl(der: Uint8Array): Crl | undefined {
  try {
    return der.length > MAX_CRL_BYTES ? undefined : parse(der);
  } catch {
    return undefined;
  }
}

function parse(der: Uint8Array): Crl | undefined {
  const list = AsnConvert.parse(new Uint8Array(der), CertificateList, LIMITS);
  const { issuer, thisUpdate, nextUpdate, revokedCertificates: entries = [], crlExtensions = [] } = list.tbsCertList;
  if (!nextUpdate) return undefined;
  const scope = scopeOf(crlExtensions);
  return {
    issuerName: nameText(issuer),
    thisUpdate: thisUpdate.getTime(),
    nextUpdate: nextUpdate.getTime(),
    isSupported:
      isUnderstood(crlExtensions) &&
      isOwn(scope) &&
      !entries.some(({ crlEntryExtensions = [] }) => crlEntryExtensions.some(({ critical }) => critical)),
    ...(scope ? { scope } : {}),
    list,
    names: (serial) => entries.some(({ userCertificate }) => serialOf(userCertificate) === serial),
  };
}

function scopeOf(extensions: readonly Extension[]): IssuingDistributionPoint | undefined {
  const found = extensions.find(({ extnID }) => extnID === OIDS.issuingPoint);
  return found && AsnConvert.parse(found.extnValue, IssuingDistributionPoint);
}

/** What a delta says is worth nothing without its base; what is critical and unknown may change what the list means. */
const isUnderstood = (extensions: readonly Extension[]): boolean =>
  new Set(extensions.map(({ extnID }) => extnID)).size === extensions.length &&
  extensions.every(
    ({ extnID, critical }) => extnID !== OIDS.deltaIndicator && (!critical || extnID === OIDS.issuingPoint),
  );

/** Not somebody else's certificates, nor those revoked for some reasons only, nor another kind of certificates. */
const isOwn = (scope: IssuingDistributionPoint | undefined): boolean =>
  !scope?.indirectCRL && !scope?.onlyContainsAttributeCerts && scope?.onlySomeReasons === undefined;
