import { acrReaches, refuse, reject } from '@countersign/kernel';
import type { BoundAction, Cause, CeremonyPolicy, Grant, Ports } from '../ports.js';
import { listedAction } from './actions.js';

/** The bank's server, as the verified caller token names it. */
export interface BankServer {
  tenant: string;
  clientId: string;
}

/**
 * Spends a grant for one of the bank's own actions: the first caller wins, everyone else is refused. The bank names the
 * action and hashes what it is about to do itself, so a grant never covers anything but what was confirmed. It is judged by
 * what the application in which it was confirmed asks, as the confirmation was.
 *
 * @throws `grant_refused`, the same for every reason; the record has the reason
 */
export async function redeemGrant(
  ports: Ports,
  request: BankServer & { grant: string; action: BoundAction },
  cause: Cause,
): Promise<Grant> {
  const { tenant, clientId } = request;
  const grant = await ports.grants.read(request.grant, tenant);
  if ('refused' in grant) return refuseGrant(ports, request, grant.refused, cause);
  const policy = ports.applications.policyOf(tenant, grant.clientId);
  if (!policy) return refuseGrant(ports, request, 'application_unknown', cause, grant);
  const reason = unfit(grant, request.action, policy, ports.now());
  if (reason) return refuseGrant(ports, request, reason, cause, grant);
  const outcome = await ports.grants.spend({ tenant, clientId, policyVersion: policy.version, grant }, cause);
  return outcome === 'redeemed' ? grant : refuseGrant(ports, request, outcome, cause, grant);
}

/** Why a genuine grant does not fit what is about to be done; undefined when it does. */
export function unfit(
  grant: Grant,
  action: BoundAction,
  policy: CeremonyPolicy,
  nowSeconds: number,
): string | undefined {
  const needed = listedAction(policy, action.name);
  if (!needed) return 'action_not_listed';
  if (grant.action.name !== action.name) return 'other_action';
  if (grant.action.hash !== action.hash) return 'other_hash';
  if (!acrReaches(grant.acr, needed.acr)) return 'too_weak';
  return nowSeconds - grant.authTime > needed.maxAge ? 'too_old' : undefined;
}

async function refuseGrant(
  ports: Ports,
  { tenant, clientId }: BankServer,
  reason: string,
  cause: Cause,
  grant?: Grant,
): Promise<never> {
  const about = grant && { pseudonym: grant.pseudonym, session: grant.session, credential: grant.credential };
  const refused = reject('grant_refused', { reason, ...(grant && { grant: grant.jti }) });
  await ports.records.refused({ ...refused, type: 'grant.refused', tenant, clientId, ...about }, cause);
  throw refuse('grant_refused', {}, reason);
}
