import { acrOf, amrOf, type AssuranceNeeds, type CredentialTraits } from '@countersign/kernel';
import type { Assurance, Credential, Proven } from '../ports.js';

/**
 * The credential as this proof shows it: whether it is backed up now, and whether the person was verified. A key that was
 * made without user verification never counts as having verified anybody (WebAuthn L3 §4, uvInitialized).
 */
export const traitsShown = (
  credential: Credential,
  { backupState, userVerified }: Pick<Proven, 'backupState' | 'userVerified'>,
): CredentialTraits => ({ ...credential, backupState, userVerified: userVerified && credential.userVerified });

/** What a proven passkey is worth where `needs` was asked (docs/protocols/assurance.md). */
export const assuranceOf = (shown: CredentialTraits, needs: AssuranceNeeds, nowSeconds: number): Assurance => ({
  acr: acrOf(shown, needs),
  amr: amrOf(shown),
  authTime: nowSeconds,
});
