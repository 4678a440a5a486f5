import { refuse, reject } from '@countersign/kernel';
import type { Application, BoundAction, Cause, Origin, Ports } from '../ports.js';
import { checkForm, demandFor } from './actions.js';
import type { Caller } from './attempt.js';
import { Case } from './case.js';
import { sealStepUp } from './ceremony.js';

/**
 * Begins a step-up in the caller's session, for one action or for the session itself, and writes nothing unless it refuses.
 * Session, action and hash are sealed into the challenge, so that the signature covers them.
 *
 * @returns PublicKeyCredentialRequestOptionsJSON
 * @throws `action_unknown`, `request_invalid`
 */
export async function beginStepUp(
  ports: Ports,
  request: { application: Application; caller: Caller; action?: BoundAction; origin: Origin },
  cause: Cause,
): Promise<string> {
  const { application, caller, action, origin } = request;
  const open = new Case(ports, 'step_up', application, origin, cause, caller.session);
  if (action) await mustKnow(open, action);
  const { tenant, clientId, rpId } = application;
  const context = sealStepUp({ session: caller.session, action });
  const [{ allowed }, challenge] = await Promise.all([
    ports.credentials.bySubject(tenant, caller.subject, cause),
    ports.challenges.issue({ tenant, clientId, purpose: 'step_up' }, caller.subject, context, cause),
  ]);
  // A confirmation by nobody in particular would be none: user verification is not the policy's to waive here.
  return ports.proofs.options({ rpId, challenge, allowed, userVerification: 'required' });
}

async function mustKnow(open: Case, action: BoundAction): Promise<void> {
  checkForm(action);
  if (demandFor(open.application.policy, action.name)) return;
  await open.record(reject('action_unknown'));
  throw refuse('action_unknown');
}
