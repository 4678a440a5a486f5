import { assuranceFor, type AssuranceScope } from './assurance-for.js';
import type { Policy } from './policy.js';

/**
 * Lists of models that anybody passes who claims one of them: no attestation is asked of whoever does. Where an attested key
 * is asked for, or no other is enrolled, a model is what somebody certifies.
 *
 * @returns paths of such lists in the policy
 */
export function claimedModels(policy: Policy): string[] {
  if (policy.metadata.required || policy.webauthn.attestation.accept.every((kind) => kind === 'anchored')) return [];
  return [
    ...listsOf(policy)
      .filter(({ scope }) => assuranceFor(policy, scope).level !== 'device-bound-attested')
      .map(({ path }) => `${path}.assurance.aaguids`),
    ...(policy.metadata.aaguids.allow ? ['metadata.aaguids.allow'] : []),
  ];
}

/** Where the policy itself lists models, and the scope it speaks of there. */
function listsOf({ webauthn, applications, actions }: Policy): { path: string; scope: AssuranceScope }[] {
  const scopes = [
    { path: 'webauthn', scope: {}, asked: webauthn.assurance.aaguids },
    ...Object.entries(applications).map(([id, { assurance }]) => ({
      path: `applications.${id}`,
      scope: { application: id },
      asked: assurance.aaguids,
    })),
    ...Object.entries(actions).map(([action, { assurance }]) => ({
      path: `actions.${action}`,
      scope: { action },
      asked: assurance?.aaguids,
    })),
  ];
  return scopes.filter(({ asked }) => Array.isArray(asked));
}
