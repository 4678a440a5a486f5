import { refuse } from '@countersign/kernel';
import type { Policy } from './policy.js';

/**
 * Refuses a policy for an application that does not exist: what was meant for it would be in force nowhere.
 *
 * @param clientIds applications of the tenant
 * @throws `policy_invalid` naming each
 */
export function checkApplicationsKnown({ applications }: Policy, clientIds: readonly string[]): void {
  const unknown = Object.keys(applications).filter((id) => !clientIds.includes(id));
  if (unknown.length === 0) return;
  const message = 'is no client id of this tenant';
  throw refuse('policy_invalid', { errors: unknown.map((id) => ({ path: `applications.${id}`, message })) });
}
