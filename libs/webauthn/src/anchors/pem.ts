import { X509Certificate } from 'node:crypto';

const BLOCK = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/g;

/**
 * The certificates in a PEM text (RFC 7468), DER; what stands around the blocks is commentary.
 * @throws Error when there is none, or one that is no certificate
 */
export function certificatesOf(pem: string): Uint8Array[] {
  const blocks = [...pem.matchAll(BLOCK)].map(([, body = '']) => new Uint8Array(Buffer.from(body, 'base64')));
  if (blocks.length === 0) throw new Error('holds no certificate in PEM');
  try {
    return blocks.map((der) => new Uint8Array(new X509Certificate(der).raw));
  } catch {
    throw new Error('holds a certificate that cannot be read');
  }
}
