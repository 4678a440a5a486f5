import { unmetRequirements, type CredentialTraits, type Requirement } from '@countersign/kernel';
import { assuranceFor, type Policy } from '@countersign/policy';
import type { RegisteredCredential } from '@countersign/webauthn';

/**
 * What a new authenticator lacks for signing in to its application; nothing where it is good for that, or at least for one
 * of the sensitive actions there. One that is good for nothing is better refused than enrolled and useless.
 */
export function lackingAtEnrollment(policy: Policy, application: string, has: CredentialTraits): Requirement[] {
  const lacking = (action?: string) => unmetRequirements(assuranceFor(policy, { application, action }), has);
  const useful = Object.keys(policy.actions).some((action) => lacking(action).length === 0);
  return useful ? [] : lacking();
}

/**
 * What verification found out about a new credential. Protection that was not told is unknown, and so is the model where
 * an anchor vouches for the key and nobody for the AAGUID.
 */
export const traitsOf = ({ keyProtection = [], ...registered }: RegisteredCredential): CredentialTraits => ({
  ...registered,
  aaguid: registered.attestationTrust === 'anchored' && !registered.modelCertified ? '' : registered.aaguid,
  keyProtection,
});
