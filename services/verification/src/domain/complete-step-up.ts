import { pass, reject, type Verdict } from '@countersign/kernel';
import type {
  Application,
  Assurance,
  Authentication,
  BoundAction,
  Cause,
  CeremonyPolicy,
  Origin,
  Ports,
} from '../ports.js';
import { demandFor, needsToStepUp } from './actions.js';
import { answering, type Caller, type StepUpAttempt } from './attempt.js';
import { assuranceOf } from './assurance.js';
import { Case } from './case.js';
import { openStepUp } from './ceremony.js';
import { stepUpChecks } from './checks/index.js';
import { judgeCounter, recordUse } from './counter.js';
import { prove } from './prove.js';
import { weighRisk } from './risk-gate.js';
import { readProof, spendChallenge } from './spend-challenge.js';

export interface SteppedUp extends Assurance {
  session: string;
  /** For an action: a grant of at most 60 s, bound to it. */
  grant?: { grant: string; expiresIn: number };
  /** Without one: the same session raised, and a token that says so. */
  elevated?: { accessToken: string; expiresIn: number; tokenType: string };
}

const ASKED = { named: true, userVerification: 'required' } as const;

/**
 * The story of a confirmation: a login's, by the person of this session and no other. It ends in a grant for the action it
 * was begun for, or raises the session it was begun in.
 *
 * @throws `step_up_failed` for whatever was wrong with the proof, `challenge_spent`, `challenge_expired`, `credential_malformed`
 */
export async function completeStepUp(
  ports: Ports,
  request: { application: Application; caller: Caller; credential: string; origin: Origin },
  cause: Cause,
): Promise<SteppedUp> {
  const { application, caller, origin } = request;
  const { tenant, clientId, policy } = application;
  const open = new Case(ports, 'step_up', application, origin, cause, caller.session);

  // The challenge is spent whatever follows (R1): the first commit.
  const presented = await readProof(ports, open, request.credential);
  const { subject, context, issuedAt: startedAt } = await spendChallenge(ports, open, presented);
  const terms = openStepUp(context);

  // Whose key, and is the proof good, and theirs, and of this session?
  const { holder } = await ports.credentials.byCredentialId(tenant, presented.credentialId, cause);
  const needs = needsToStepUp(policy, terms.action, holder?.credentials ?? []);
  const answer = { presented, subject, holder, needs, credential: answering(presented, holder) };
  const attempt: StepUpAttempt = { ...answer, terms, caller };
  const proof = await prove(ports, open, attempt, stepUpChecks, ASKED, false);
  await open.must(stillListed(policy, terms.action));
  const assurance = assuranceOf(proof.shown, needs, ports.now());

  // It is. Only from here on may anything about the account change.
  const counterReplayed = await judgeCounter(ports, open, proof);
  const whenAbsent = policy.whenRiskAbsent.stepUp;
  const risk = await weighRisk(ports, open, proof, { whenAbsent, counterReplayed });
  await recordUse(ports, open, proof);

  // The grant or the higher session, with its event: the second commit.
  const who = { tenant, clientId, holder: proof.holder, credential: proof.credential.id };
  const confirmed: Authentication = { ...who, ...assurance, risk, policyVersion: policy.version, origin, startedAt };
  const session = caller.session;
  return terms.action
    ? { session, ...assurance, grant: await open.told(ports.sessions.grant(session, terms.action, confirmed, cause)) }
    : { session, ...assurance, elevated: await open.told(ports.sessions.elevate(session, confirmed, cause)) };
}

const stillListed = (policy: CeremonyPolicy, action: BoundAction | undefined): Verdict =>
  !action || demandFor(policy, action.name) ? pass : reject('action_unknown', { action: action.name });
