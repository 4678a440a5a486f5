import { BUILT_IN_ACTIONS, fromBase64Url, refuse } from '@countersign/kernel';
import type { BoundAction, CeremonyPolicy } from '../ports.js';

const HASH_BYTES = 32;

/** What an action asks of an authentication; `maxAge` in seconds. */
export interface Requirement {
  acr: string;
  maxAge: number;
}

/** The platform's own actions ask for a confirmation of this very moment (R29). */
const BUILT_IN: Requirement = { acr: 'phr', maxAge: 60 };

const isBuiltIn = (name: string): boolean => (BUILT_IN_ACTIONS as readonly string[]).includes(name);

/**
 * What the tenant asks for one of its own actions; undefined when it is not listed. A name like `constructor` is nobody's,
 * and the platform's own actions are never the tenant's: enrollment spends their grants.
 */
export const listedAction = ({ actions }: CeremonyPolicy, name: string): Requirement | undefined =>
  Object.hasOwn(actions, name) && !isBuiltIn(name) ? actions[name] : undefined;

/** What is asked for an action a person may confirm; undefined when there is no such action. */
export const requirementOf = (policy: CeremonyPolicy, name: string): Requirement | undefined =>
  isBuiltIn(name) ? BUILT_IN : listedAction(policy, name);

/** @throws `request_invalid` when the hash is not base64url of 32 bytes */
export function checkForm({ hash }: BoundAction): void {
  if (fromBase64Url(hash)?.length === HASH_BYTES) return;
  throw refuse('request_invalid', {
    errors: [{ path: 'action.hash', message: 'base64url of 32 bytes, without padding' }],
  });
}
