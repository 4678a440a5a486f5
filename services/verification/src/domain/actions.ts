import {
  BUILT_IN_ACTIONS,
  actionNeeds,
  fromBase64Url,
  leastAcr,
  refuse,
  type Acr,
  type AssuranceNeeds,
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

/** @throws `request_invalid` when the hash is not base64url of 32 bytes */
export function checkForm({ hash }: BoundAction): void {
  if (fromBase64Url(hash)?.length === HASH_BYTES) return;
  throw refuse('request_invalid', {
    errors: [{ path: 'action.hash', message: 'base64url of 32 bytes, without padding' }],
  });
}
