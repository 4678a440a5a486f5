import { equalBytes } from '@countersign/kernel';
import { OIDS, type PresentedCertificate } from './certificate.js';

/** Tag and length of an OCTET STRING of 16 bytes. */
const OCTETS_OF_16 = [0x04, 0x10];

/** Whether id-fido-gen-ce-aaguid names this model, not critical; true where the certificate does not carry it (§8.2.1, §8.3). */
export function aaguidAgrees({ extensions }: PresentedCertificate, aaguid: Uint8Array): boolean {
  const extension = extensions.get(OIDS.aaguid);
  if (!extension) return true;
  const value = new Uint8Array(extension.extnValue.buffer);
  return !extension.critical && equalBytes(value, Buffer.from([...OCTETS_OF_16, ...aaguid]));
}
