import { equalBytes } from '@countersign/kernel';
import { OIDS, type PresentedCertificate } from './certificate.js';

/** Tag and length of an OCTET STRING of 16 bytes. */
const OCTETS_OF_16 = [0x04, 0x10];
/** Their certificates are for authenticators; those of `apple` and `android-key` are for keys, whatever made them. */
const FOR_AUTHENTICATORS: ReadonlySet<string> = new Set(['packed', 'tpm']);

/** Whether id-fido-gen-ce-aaguid names this model, not critical; true where the certificate does not carry it (§8.2.1, §8.3). */
export function aaguidAgrees({ extensions }: PresentedCertificate, aaguid: Uint8Array): boolean {
  const extension = extensions.get(OIDS.aaguid);
  if (!extension) return true;
  const value = new Uint8Array(extension.extnValue.buffer);
  return !extension.critical && equalBytes(value, Buffer.from([...OCTETS_OF_16, ...aaguid]));
}

/**
 * Whether a statement that verified says itself which model it is from: by the extension, or, where there is no AAGUID,
 * by the certificate's key. Any other AAGUID is chosen by whoever writes the authenticator data; U2F does not sign it.
 */
export function namesModel(fmt: string, { extensions }: PresentedCertificate, aaguid: Uint8Array): boolean {
  const isForAuthenticator = FOR_AUTHENTICATORS.has(fmt);
  if (aaguid.every((byte) => byte === 0)) return isForAuthenticator || fmt === 'fido-u2f';
  return isForAuthenticator && extensions.has(OIDS.aaguid);
}
