import { refuse, reject, unmetRequirements, type AssuranceNeeds, type Requirement } from '@countersign/kernel';
import type { Allowed, Application, BoundAction, Cause, Origin, OwnKeys, Ports } from '../ports.js';
import { checkForm, demandFor, needsToStepUp } from './actions.js';
import type { Caller } from './attempt.js';
import { Case } from './case.js';
import { sealStepUp } from './ceremony.js';

/**
 * Begins a step-up in the caller's session, for one action or for the session itself, and writes nothing unless it refuses.
 * Session, action and hash are sealed into the challenge, so that the signature covers them. The options list the caller's own
 * keys that can confirm it; the caller is known, so that says nothing about anybody else.
 *
 * @returns PublicKeyCredentialRequestOptionsJSON
 * @throws `action_unknown`, `request_invalid`, `step_up_impossible`
 */
export async function beginStepUp(
  ports: Ports,
  request: { application: Application; caller: Caller; action?: BoundAction; origin: Origin },
  cause: Cause,
): Promise<string> {
  const { application, caller, action, origin } = request;
  const open = new Case(ports, 'step_up', application, origin, cause, caller.session);
  if (action) await mustKnow(open, action);
  const { tenant, clientId, rpId, policy } = application;
  const context = sealStepUp({ session: caller.session, action });
  const [own, challenge] = await Promise.all([
    ports.credentials.bySubject(tenant, caller.subject, cause),
    ports.challenges.issue({ tenant, clientId, purpose: 'step_up' }, caller.subject, context, cause),
  ]);
  const allowed = await mustSuffice(open, caller, own, needsToStepUp(policy, action, own.held));
  // A confirmation by nobody in particular would be none: user verification is not the policy's to waive here.
  return ports.proofs.options({ rpId, challenge, allowed, userVerification: 'required' });
}

async function mustKnow(open: Case, action: BoundAction): Promise<void> {
  checkForm(action);
  if (demandFor(open.application.policy, action.name)) return;
  await open.record(reject('action_unknown'));
  throw refuse('action_unknown');
}

/**
 * The keys that may be good enough, judged as they last showed themselves and as if the person were verified now; the answer
 * is judged by what it shows. @throws `step_up_impossible` with what the key lacks that lacks least
 */
async function mustSuffice(
  open: Case,
  { pseudonym }: Caller,
  { allowed, held }: OwnKeys,
  needs: AssuranceNeeds,
): Promise<readonly Allowed[]> {
  const lacking = new Map(held.map((key) => [key.credentialId, unmetRequirements(needs, key)]));
  const lackedBy = ({ credentialId }: Allowed): Requirement[] => lacking.get(credentialId) ?? [];
  const good = allowed.filter((key) => lackedBy(key).length === 0);
  if (good.length > 0) return good;
  const [requirements = []] = allowed.map(lackedBy).sort((a, b) => a.length - b.length);
  await open.record({ ...reject('step_up_impossible', { requirements: requirements.join(' ') }), pseudonym });
  throw refuse('step_up_impossible', { requirements });
}
