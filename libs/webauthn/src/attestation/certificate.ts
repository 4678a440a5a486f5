import { X509Certificate, type KeyObject } from 'node:crypto';
import { sha256, toBase64Url } from '@countersign/kernel';
import { AsnConvert } from '@peculiar/asn1-schema';
import {
  BasicConstraints,
  Certificate,
  KeyUsage,
  KeyUsageFlags,
  type Extension,
  type Name,
  type TBSCertificate,
} from '@peculiar/asn1-x509';
import { Malformed } from '../malformed.js';

/** A certificate as presented: OpenSSL's view for signatures, the ASN.1 for what OpenSSL does not tell. */
export interface PresentedCertificate {
  x509: X509Certificate;
  publicKey: KeyObject;
  /** X.509 version, 1 to 3. */
  version: number;
  subject: Map<string, string[]>;
  /** Both names in full, as text: equal for equal names, whatever string type each part was written in. */
  subjectName: string;
  issuerName: string;
  notBefore: Date;
  notAfter: Date;
  extensions: ReadonlyMap<string, Extension>;
  /** From the basic constraints, absent when the extension is. */
  constraints?: BasicConstraints;
  /** Whether the key may sign certificates, and whether it may sign anything else; without the extension, both. */
  usage: { certificates: boolean; signatures: boolean };
}

export const OIDS = {
  aaguid: '1.3.6.1.4.1.45724.1.1.4',
  /** Serial number of one authenticator (WebAuthn L3 §8.2.2). */
  serialNumber: '1.3.6.1.4.1.45724.1.1.2',
  basicConstraints: '2.5.29.19',
  keyUsage: '2.5.29.15',
  nameConstraints: '2.5.29.30',
  certificatePolicies: '2.5.29.32',
  subjectAlternativeName: '2.5.29.17',
  extendedKeyUsage: '2.5.29.37',
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
const CURVES = new Set(['prime256v1', 'secp384r1', 'secp521r1']);
/** What is looked at in every certificate. Of policies RFC 5280 §6.1.1 (c) lets us want any. */
const UNDERSTOOD: readonly string[] = [
  OIDS.aaguid,
  OIDS.serialNumber,
  OIDS.basicConstraints,
  OIDS.keyUsage,
  OIDS.certificatePolicies,
];

const malformed = (rule: string): Malformed => new Malformed('attestation_invalid', 'RFC 5280 §4.1', { rule });

/** A name in full, as text. */
export const nameText = (name: Name): string =>
  JSON.stringify(name.map((set) => [...set].map(({ type, value }) => [type, value.toString()])));

function subjectOf({ subject }: TBSCertificate): Map<string, string[]> {
  const names = new Map<string, string[]>();
  for (const part of subject.flatMap((set) => [...set]))
    names.set(part.type, [...(names.get(part.type) ?? []), part.value.toString()]);
  return names;
}

function extensionsOf({ extensions: list = [] }: TBSCertificate, alsoUnderstood: readonly string[]) {
  const byId = new Map(list.map((extension) => [extension.extnID, extension]));
  if (byId.size !== list.length) throw malformed('an extension appears twice');
  // Nobody here knows how to apply them, so a certificate that relies on them would be trusted with more than it may.
  if (byId.has(OIDS.nameConstraints)) throw malformed('name constraints');
  const understood = [...UNDERSTOOD, ...alsoUnderstood];
  if (list.some(({ extnID, critical }) => critical && !understood.includes(extnID)))
    throw malformed('unknown critical extension');
  return byId;
}

/** RSA of at least 2,048 bits, a NIST curve, or Ed25519: the keys whose signatures are verified here. */
export function isSoundKey({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): boolean {
  if (asymmetricKeyType === 'rsa') return (asymmetricKeyDetails?.modulusLength ?? 0) >= 2048;
  if (asymmetricKeyType === 'ec') return CURVES.has(asymmetricKeyDetails?.namedCurve ?? '');
  return asymmetricKeyType === 'ed25519';
}

/** A key's name: base64url SHA-256 of its SubjectPublicKeyInfo, DER. */
export const keyName = (key: KeyObject): string => toBase64Url(sha256(key.export({ format: 'der', type: 'spki' })));

function usageOf(extension: Extension | undefined): PresentedCertificate['usage'] {
  if (!extension) return { certificates: true, signatures: true };
  const bits = AsnConvert.parse(extension.extnValue, KeyUsage).toNumber();
  return {
    certificates: (bits & KeyUsageFlags.keyCertSign) !== 0,
    signatures: (bits & (KeyUsageFlags.digitalSignature | KeyUsageFlags.nonRepudiation)) !== 0,
  };
}

function parse(der: Uint8Array<ArrayBuffer>, alsoUnderstood: readonly string[]): PresentedCertificate {
  const { tbsCertificate: tbs, signatureAlgorithm } = AsnConvert.parse(der, Certificate);
  if (!SIGNATURES.has(signatureAlgorithm.algorithm)) throw malformed('signature algorithm');
  const extensions = extensionsOf(tbs, alsoUnderstood);
  const constraints = extensions.get(OIDS.basicConstraints);
  const x509 = new X509Certificate(der);
  // Decoded here and not when it is used, because a key that cannot be decoded throws.
  const { publicKey } = x509;
  if (!isSoundKey(publicKey)) throw malformed('key of the certificate');
  return {
    x509,
    publicKey,
    version: tbs.version + 1,
    subject: subjectOf(tbs),
    subjectName: nameText(tbs.subject),
    issuerName: nameText(tbs.issuer),
    notBefore: tbs.validity.notBefore.getTime(),
    notAfter: tbs.validity.notAfter.getTime(),
    extensions,
    ...(constraints ? { constraints: AsnConvert.parse(constraints.extnValue, BasicConstraints) } : {}),
    usage: usageOf(extensions.get(OIDS.keyUsage)),
  };
}

/**
 * Reads one certificate. SHA-1, weak keys, name constraints, repeated extensions and critical ones that are not
 * understood are refused.
 * @param alsoUnderstood critical extensions that the format itself looks at
 * @throws Malformed `attestation_invalid`
 */
export function readCertificate(der: unknown, alsoUnderstood: readonly string[] = []): PresentedCertificate {
  if (!(der instanceof Uint8Array) || der.length > MAX_BYTES)
    throw malformed('certificate is not bytes of a sane length');
  try {
    return parse(new Uint8Array(der), alsoUnderstood);
  } catch (error) {
    throw error instanceof Malformed ? error : malformed('certificate cannot be parsed');
  }
}
