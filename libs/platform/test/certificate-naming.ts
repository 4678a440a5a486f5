import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import type { TlsMaterial } from '../src/index.js';
import type { Certificates } from './house.js';

const P256 = { name: 'ECDSA', namedCurve: 'P-256' };
const DAY_MS = 86_400_000;

/** A certificate that the house's own authority signed, with exactly these URIs in it. */
export async function certificateNaming({ ca, caKey }: Certificates, uris: readonly string[]): Promise<TlsMaterial> {
  const x509 = await import('@peculiar/x509');
  const issuer = new x509.X509Certificate(ca.toString());
  const pkcs8 = x509.PemConverter.decodeFirst(caKey.toString());
  const signingKey = await webcrypto.subtle.importKey('pkcs8', pkcs8, P256, false, ['sign']);
  const keys = await webcrypto.subtle.generateKey(P256, true, ['sign', 'verify']);
  const names = [
    { type: 'dns' as const, value: 'localhost' },
    ...uris.map((value) => ({ type: 'url' as const, value })),
  ];
  const made = await x509.X509CertificateGenerator.create({
    subject: 'CN=verification',
    issuer: issuer.subject,
    notBefore: new Date(Date.now() - DAY_MS),
    notAfter: new Date(Date.now() + DAY_MS),
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    publicKey: keys.publicKey,
    signingKey,
    extensions: [new x509.SubjectAlternativeNameExtension(names)],
  });
  const key = x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
  return { cert: Buffer.from(made.toString('pem')), key: Buffer.from(key), ca };
}
