import {
  BUILT_IN_ACTIONS,
  acrOf,
  actionNeeds,
  fromBase64Url,
  leastAcr,
  refuse,
  type Acr,
  type AssuranceNeeds,
  type CredentialTraits,
} from '@countersign/kernel';
import type { ActionPolicy, BoundAction, CeremonyPolicy } from '../ports.js';

const HASH_BYTES = 32;

/** What an action asks of an authentication; `maxAge` in seconds. */
export interface Demand {
  acr: Acr;
  maxAge: number;
  /** What it asks of the credential. */
  needs: AssuranceNeeds;
}

/** The platform's own actions ask for a confirmation of this very moment (R29). */
const BUILT_IN: ActionPolicy = { acr: 'phr', maxAge: 60 };

const isBuiltIn = (name: string): boolean => (BUILT_IN_ACTIONS as readonly string[]).includes(name);

/**
 * What the tenant asks for one of its own actions; undefined when it is not listed. A name like `constructor` is nobody's,
 * and the platform's own actions are never the tenant's: enrollment spends their grants.
 */
export const listedAction = (policy: CeremonyPolicy, name: string): Demand | undefined =>
  Object.hasOwn(policy.actions, name) && !isBuiltIn(name) ? demandOf(policy, policy.actions[name]!) : undefined;

/** What is asked for an action a person may confirm; undefined when there is no such action. */
export const demandFor = (policy: CeremonyPolicy, name: string): Demand | undefined =>
  isBuiltIn(name) ? demandOf(policy, BUILT_IN) : listedAction(policy, name);

function demandOf({ assurance }: CeremonyPolicy, action: ActionPolicy): Demand {
  const needs = actionNeeds(assurance, action);
  return { acr: leastAcr(needs), maxAge: action.maxAge, needs };
}

/**
 * What is asked of the key that confirms. The platform's own actions change who may confirm anything at all, so they take no
 * less than the best this person holds (NIST SP 800-63B-4 §4.1.2): or the weakest passkey could add a strong one, or throw
 * the strong ones out. Suspended keys count, because suspending one takes no confirmation.
 */
function needsToConfirm({ needs }: Demand, name: string, held: readonly CredentialTraits[]): AssuranceNeeds {
  const holdsHardware = held.some((credential) => acrOf(credential, needs) === 'phrh');
  return isBuiltIn(name) && holdsHardware ? { ...needs, level: 'device-bound-attested' } : needs;
}

/** What is asked of the key that steps up, by the policy in force now: for an action, or for the session itself. */
export function needsToStepUp(
  policy: CeremonyPolicy,
  action: BoundAction | undefined,
  held: readonly CredentialTraits[],
): AssuranceNeeds {
  const demanded = action && demandFor(policy, action.name);
  if (!demanded) return { ...policy.assurance, userVerification: 'required' };
  return needsToConfirm(demanded, action.name, held);
}

/** @throws `request_invalid` when the hash is not base64url of 32 bytes */
export function checkForm({ hash }: BoundAction): void {
  if (fromBase64Url(hash)?.length === HASH_BYTES) return;
  throw refuse('request_invalid', {
    errors: [{ path: 'action.hash', message: 'base64url of 32 bytes, without padding' }],
  });
}
