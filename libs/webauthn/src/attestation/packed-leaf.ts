import { equalBytes } from '@countersign/kernel';
import { OIDS, type PresentedCertificate } from './certificate.js';

/** Tag and length of an OCTET STRING of 16 bytes. */
const OCTETS_OF_16 = [0x04, 0x10];

const single = ({ subject }: PresentedCertificate, id: string): string | undefined => {
  const values = subject.get(id) ?? [];
  return values.length === 1 ? values[0] : undefined;
};

function aaguidAgrees({ extensions }: PresentedCertificate, aaguid: Uint8Array): boolean {
  const extension = extensions.get(OIDS.aaguid);
  if (!extension) return true;
  const value = new Uint8Array(extension.extnValue.buffer);
  return !extension.critical && equalBytes(value, Buffer.from([...OCTETS_OF_16, ...aaguid]));
}

/**
 * The rule of WebAuthn L3 §8.2.1 that an attestation certificate breaks, or nothing.
 * Each subject part must be there exactly once, so that nobody has to choose between two.
 */
export function brokenLeafRule(leaf: PresentedCertificate, aaguid: Uint8Array): string | undefined {
  if (leaf.version !== 3) return 'version';
  if (!/^[A-Z]{2}$/.test(single(leaf, OIDS.country) ?? '')) return 'subject C';
  if (!single(leaf, OIDS.organisation)) return 'subject O';
  if (single(leaf, OIDS.unit) !== 'Authenticator Attestation') return 'subject OU';
  if (!single(leaf, OIDS.commonName)) return 'subject CN';
  if (leaf.constraints?.cA !== false) return 'basic constraints';
  return aaguidAgrees(leaf, aaguid) ? undefined : 'aaguid extension';
}
