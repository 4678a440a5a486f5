import { X509Certificate, type KeyObject } from 'node:crypto';
import { AsnConvert } from '@peculiar/asn1-schema';
import { Certificate, BasicConstraints, type Extension } from '@peculiar/asn1-x509';
import { Malformed } from '../malformed.js';

/** A certificate as presented: OpenSSL's view for signatures, the ASN.1 for what OpenSSL does not tell. */
export interface PresentedCertificate {
  x509: X509Certificate;
  publicKey: KeyObject;
  /** X.509 version, 1 to 3. */
  version: number;
  subject: Map<string, string[]>;
  extensions: ReadonlyMap<string, Extension>;
  /** From the basic constraints, absent when the extension is. */
  constraints?: BasicConstraints;
}

export const OIDS = {
  aaguid: '1.3.6.1.4.1.45724.1.1.4',
  basicConstraints: '2.5.29.19',
  keyUsage: '2.5.29.15',
  country: '2.5.4.6',
  organisation: '2.5.4.10',
  unit: '2.5.4.11',
  commonName: '2.5.4.3',
} as const;

/** Bytes of one certificate. */
const MAX_BYTES = 8192;
const SIGNATURES = new Set([
  '1.2.840.113549.1.1.11', // sha256WithRSA, and 384, 512
  '1.2.840.113549.1.1.12',
  '1.2.840.113549.1.1.13',
  '1.2.840.10045.4.3.2', // ecdsa-with-SHA256, and 384, 512
  '1.2.840.10045.4.3.3',
  '1.2.840.10045.4.3.4',
  '1.3.101.112', // Ed25519
]);

const malformed = (rule: string): Malformed => new Malformed('attestation_invalid', 'RFC 5280 §4.1', { rule });

function subjectOf({ tbsCertificate }: Certificate): Map<string, string[]> {
  const names = new Map<string, string[]>();
  for (const part of tbsCertificate.subject.flatMap((set) => [...set]))
    names.set(part.type, [...(names.get(part.type) ?? []), part.value.toString()]);
  return names;
}

function extensionsOf({ tbsCertificate }: Certificate): Map<string, Extension> {
  const list = tbsCertificate.extensions ?? [];
  const byId = new Map(list.map((extension) => [extension.extnID, extension]));
  if (byId.size !== list.length) throw malformed('an extension appears twice');
  const unknown = list.find(({ extnID, critical }) => critical && !Object.values<string>(OIDS).includes(extnID));
  if (unknown) throw malformed('unknown critical extension');
  return byId;
}

function parse(der: Uint8Array<ArrayBuffer>): PresentedCertificate {
  const asn1 = AsnConvert.parse(der, Certificate);
  if (!SIGNATURES.has(asn1.signatureAlgorithm.algorithm)) throw malformed('signature algorithm');
  const extensions = extensionsOf(asn1);
  const constraints = extensions.get(OIDS.basicConstraints);
  const x509 = new X509Certificate(der);
  return {
    x509,
    // Decoded here and not when it is used, because a key that cannot be decoded throws.
    publicKey: x509.publicKey,
    version: asn1.tbsCertificate.version + 1,
    subject: subjectOf(asn1),
    extensions,
    ...(constraints ? { constraints: AsnConvert.parse(constraints.extnValue, BasicConstraints) } : {}),
  };
}

/**
 * Reads one certificate; SHA-1, repeated extensions and critical ones that are not understood are refused.
 * @throws Malformed `attestation_invalid`
 */
export function readCertificate(der: unknown): PresentedCertificate {
  if (!(der instanceof Uint8Array) || der.length > MAX_BYTES)
    throw malformed('certificate is not bytes of a sane length');
  try {
    return parse(new Uint8Array(der));
  } catch (error) {
    throw error instanceof Malformed ? error : malformed('certificate cannot be parsed');
  }
}
