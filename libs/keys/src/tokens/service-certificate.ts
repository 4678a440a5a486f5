import { X509Certificate } from 'node:crypto';
import { refuse } from '@countersign/kernel';

/** URI under which a service's certificate names it, after SPIFFE-ID §2. */
export const serviceUri = (service: string): string => `spiffe://countersign/${service}`;

const SERVICE_URI = /^spiffe:\/\/countersign\/([a-z][a-z0-9-]{0,31})$/;
/** One entry of node's rendering of subjectAltName: a plain value, or a JSON string where it holds `,` or `"`. */
const ENTRY = /(?:^|, )([A-Za-z ]+):("(?:[^"\\]|\\.)*"|[^",]*)/y;

function uriNames(rendered: string): string[] {
  const uris: string[] = [];
  ENTRY.lastIndex = 0;
  while (ENTRY.lastIndex < rendered.length) {
    const entry = ENTRY.exec(rendered);
    if (!entry) throw refuse('certificate_refused', {}, 'subjectAltName cannot be read');
    if (entry[1] === 'URI') uris.push(entry[2]!);
  }
  return uris;
}

/**
 * The service a peer certificate was issued to. The chain has been verified by TLS; this reads the name alone.
 *
 * @param certificate as parsed by node:crypto, or its DER (`peer.raw`)
 * @throws `certificate_refused` unless it carries exactly one URI and that is `spiffe://countersign/<service>`
 */
export function serviceNameOf(certificate: X509Certificate | Uint8Array): string {
  const parsed = certificate instanceof X509Certificate ? certificate : parse(certificate);
  const uris = uriNames(parsed.subjectAltName ?? '');
  const name = uris.length === 1 ? SERVICE_URI.exec(uris[0]!)?.[1] : undefined;
  if (name === undefined) throw refuse('certificate_refused', {}, `${uris.length} URI names`);
  return name;
}

function parse(der: Uint8Array): X509Certificate {
  try {
    return new X509Certificate(der);
  } catch {
    throw refuse('certificate_refused', {}, 'not a certificate');
  }
}
