import { actionNeeds, leastAcr, type Acr, type AssuranceNeeds } from '@countersign/kernel';
import { actionPolicyOf, applicationPolicyOf, type Policy } from './policy.js';

/** Where something is asked of a credential: signing in to an application, or an action there. */
export interface AssuranceScope {
  /** Client id; left out: any application the policy says nothing about. */
  application?: string;
  /** Left out: signing in. */
  action?: string;
}

/**
 * What is asked of a credential in a scope. A narrower scope replaces member by member: what the action does not name is the
 * application's, what that does not name is the tenant's. An action with `acr` `phrh` asks for an attested, device-bound key.
 */
export function assuranceFor(policy: Policy, { application = '', action }: AssuranceScope): AssuranceNeeds {
  const { assurance, userVerification, algorithms } = policy.webauthn;
  const signIn = {
    ...assurance,
    userVerification,
    algorithms,
    ...applicationPolicyOf(policy, application)?.assurance,
  };
  const listed = action === undefined ? undefined : actionPolicyOf(policy, action);
  return listed ? actionNeeds(signIn, listed) : signIn;
}

/** The least `acr` of an authentication that satisfies a scope. */
export const acrFor = (policy: Policy, scope: AssuranceScope): Acr => leastAcr(assuranceFor(policy, scope));

/**
 * Whether `acr` and age say all there is to say about an action. They do not where the action itself asks for what no
 * `acr` expresses, e.g. a transport: then only a grant shows that the credential was good enough.
 */
export function acrDecides(policy: Policy, action: string): boolean {
  const { level, ...asked } = actionPolicyOf(policy, action)?.assurance ?? {};
  return (
    level !== 'device-bound-claimed' && Object.values(asked).every((member) => member === 'any' || member === true)
  );
}

/** A scope under two policies. */
export interface ComparedScope extends AssuranceScope {
  before: AssuranceNeeds;
  after: AssuranceNeeds;
}

/**
 * Every scope of the new policy with what it asked before. Applications that neither policy names are one scope; an action
 * that is new asked before what its application asks.
 *
 * @param clientIds applications people sign in to
 */
export function comparedScopes(before: Policy, after: Policy, clientIds: readonly string[]): ComparedScope[] {
  const named = clientIds.filter((id) => applicationPolicyOf(before, id) ?? applicationPolicyOf(after, id));
  const applications = [...(named.length < clientIds.length ? [{}] : []), ...named.map((id) => ({ application: id }))];
  const actions = Object.keys(after.actions).map((action) => ({ action }));
  return applications
    .flatMap((application): AssuranceScope[] => [application, ...actions.map((each) => ({ ...application, ...each }))])
    .map((scope) => ({ ...scope, before: assuranceFor(before, scope), after: assuranceFor(after, scope) }));
}

/** Algorithms worth offering to a new authenticator: those of its application and of the actions there. */
export function offeredAlgorithms(policy: Policy, application: string): number[] {
  const scopes = [undefined, ...Object.keys(policy.actions)];
  return [...new Set(scopes.flatMap((action) => assuranceFor(policy, { application, action }).algorithms))];
}
