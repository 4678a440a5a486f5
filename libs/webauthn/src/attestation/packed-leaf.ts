import { aaguidAgrees } from './aaguid-extension.js';
import { OIDS, type PresentedCertificate } from './certificate.js';

const single = ({ subject }: PresentedCertificate, id: string): string | undefined => {
  const values = subject.get(id) ?? [];
  return values.length === 1 ? values[0] : undefined;
};

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
