import { trustedPath, type BlobTrust } from '../blob/chain.js';
import { readCertificates } from '../blob/jws.js';

/** Lists that are asked for at most; a path has two or three certificates. */
const MOST = 8;

/** Over http as a rule: lists are signed, and https would need lists of its own. */
function isFetchable(uri: string): boolean {
  const protocol = URL.canParse(uri) ? new URL(uri).protocol : '';
  return protocol === 'http:' || protocol === 'https:';
}

/**
 * Where the revocation lists of a BLOB's signer and of the authorities over it are published, as their certificates say.
 * Only of a path to a configured root, so that nobody else tells us what to fetch. The BLOB itself is not verified.
 * @param bytes the BLOB as it came
 * @throws BlobRefused as `verifyBlob` does
 */
export function crlLocations(bytes: Uint8Array, trust: BlobTrust, now: Date): string[] {
  const { issued } = trustedPath(readCertificates(bytes), trust, now);
  const uris = issued.flatMap(({ subject }) => subject.lists).filter(isFetchable);
  return [...new Set(uris)].slice(0, MOST);
}
