import type { Assurance } from '../ports.js';

/**
 * What a proven passkey is worth. `phr` (phishing-resistant, OpenID EAP); `phrh` needs a hardware claim that attestation
 * policy cannot back yet, so it is never given. Methods by RFC 8176 §2: `hwk` for a key that cannot leave its device, `swk`
 * for one that syncs; `mfa` only with user verification. `fpt` or `face` are never claimed: the server cannot know which.
 */
export function assuranceOf(
  { userVerified, credential }: { userVerified: boolean; credential: { backupEligible: boolean } },
  nowSeconds: number,
): Assurance {
  const key = credential.backupEligible ? 'swk' : 'hwk';
  const amr = userVerified ? [key, 'user', 'mfa', 'pop'] : [key, 'user', 'pop'];
  return { acr: 'phr', amr, authTime: nowSeconds };
}

/** Assurance from weak to strong. */
const ORDER = ['phr', 'phrh'];

export const reaches = (acr: string, needed: string): boolean => ORDER.indexOf(acr) >= ORDER.indexOf(needed);
