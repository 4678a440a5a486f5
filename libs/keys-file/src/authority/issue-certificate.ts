import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import { serviceUri } from '@countersign/keys';
import type { Extension, X509Certificate } from '@peculiar/x509';

export const HOUR_MS = 3_600_000;
/** Clocks of two processes on one machine agree, but a start right after a clock change should not fail. */
const BACKDATE_MS = 5 * 60_000;
const P256 = { name: 'ECDSA', namedCurve: 'P-256' };
const ES256 = { name: 'ECDSA', hash: 'SHA-256' };

/** A certificate and its private key, both PEM. */
export interface IssuedPem {
  certificate: string;
  /** PKCS#8. */
  key: string;
}

/** Whom a certificate names: the service in its URI, and where it answers. `hours` is its life. */
export interface ServiceSubject {
  service: string;
  dnsNames: readonly string[];
  ipAddresses: readonly string[];
  hours: number;
}

/** Loaded at first use: only the development profile issues certificates. */
const library = () => import('@peculiar/x509');

const newKeys = () => webcrypto.subtle.generateKey(P256, true, ['sign', 'verify']);

/** A positive serial number of 127 random bits (RFC 5280 §4.1.2.2). */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0]! & 0x7f) | 0x40;
  return bytes.toString('hex');
}

const validity = (hours: number) => ({
  notBefore: new Date(Date.now() - BACKDATE_MS),
  notAfter: new Date(Date.now() + hours * HOUR_MS),
});

async function pemOf(certificate: X509Certificate, key: webcrypto.CryptoKey): Promise<IssuedPem> {
  const { PemConverter } = await library();
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', key);
  return { certificate: certificate.toString('pem'), key: PemConverter.encode(pkcs8, 'PRIVATE KEY') };
}

/** A self-signed authority that may issue leaves only. */
export async function issueAuthority(hours: number): Promise<IssuedPem> {
  const x509 = await library();
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: 'CN=Countersign development authority',
    ...validity(hours),
    signingAlgorithm: ES256,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return pemOf(certificate, keys.privateKey);
}

/** A leaf for both sides of mutual TLS, named by its URI (SPIFFE X.509-SVID §2, §4). */
export async function issueService(authority: IssuedPem, subject: ServiceSubject): Promise<IssuedPem> {
  const x509 = await library();
  const issuer = new x509.X509Certificate(authority.certificate);
  const signingKey = await webcrypto.subtle.importKey(
    'pkcs8',
    x509.PemConverter.decodeFirst(authority.key),
    P256,
    false,
    ['sign'],
  );
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: `CN=${subject.service}`,
    issuer: issuer.subject,
    ...validity(subject.hours),
    signingAlgorithm: ES256,
    publicKey: keys.publicKey,
    signingKey,
    extensions: [...(await leafExtensions(issuer, keys.publicKey)), await namesOf(subject)],
  });
  return pemOf(certificate, keys.privateKey);
}

async function leafExtensions(issuer: X509Certificate, publicKey: webcrypto.CryptoKey): Promise<Extension[]> {
  const x509 = await library();
  const { serverAuth, clientAuth } = x509.ExtendedKeyUsage;
  return [
    new x509.BasicConstraintsExtension(false, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    new x509.ExtendedKeyUsageExtension([serverAuth, clientAuth]),
    await x509.SubjectKeyIdentifierExtension.create(publicKey),
    await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
  ];
}

async function namesOf({ service, dnsNames, ipAddresses }: ServiceSubject): Promise<Extension> {
  const x509 = await library();
  return new x509.SubjectAlternativeNameExtension([
    { type: 'url', value: serviceUri(service) },
    ...dnsNames.map((value) => ({ type: 'dns' as const, value })),
    ...ipAddresses.map((value) => ({ type: 'ip' as const, value })),
  ]);
}
