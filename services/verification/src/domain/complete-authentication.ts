import type { Assurance, Cause, Established, Holder, KeyProof, Origin, Ports, RiskVerdict } from '../ports.js';
import { answering, type SignInAttempt } from './attempt.js';
import { assuranceOf } from './assurance.js';
import { Case } from './case.js';
import { openSignIn } from './ceremony.js';
import { signInChecks } from './checks/index.js';
import { judgeCounter, recordUse } from './counter.js';
import { prove } from './prove.js';
import { provenKey } from './proven-key.js';
import { weighRisk } from './risk-gate.js';
import { signInApplication } from './sign-in-application.js';
import { readProof, spendChallenge } from './spend-challenge.js';

export interface SignIn extends Established, Assurance {
  holder: Holder;
  /** Credential record id. */
  credential: string;
  risk: RiskVerdict;
  /** For the next proof of possession, or empty. */
  dpopNonce: string;
}

/**
 * The story of a login.
 *
 * Five calls to other services (one more when the key counts, one more when a proof of possession came), two commits: the spent challenge, the session. Nothing
 * on the account changes before the signature has verified (R30), nothing is established without risk having been asked.
 *
 * @param request `credential` is AuthenticationResponseJSON as the browser returned it
 * @throws `authentication_failed` for whatever was wrong with the proof, `challenge_spent`, `challenge_expired`,
 *   `credential_malformed`, `client_unknown`, `client_cannot_sign_in`, `dpop_…`
 */
export async function completeAuthentication(
  ports: Ports,
  request: { clientId: string; credential: string; origin: Origin; proof?: KeyProof | undefined },
  cause: Cause,
): Promise<SignIn> {
  const application = signInApplication(ports, request.clientId);
  const { tenant, clientId, policy } = application;
  const login = new Case(ports, 'authentication', application, request.origin, cause);

  // Which key will the tokens belong to?
  const { jkt, dpopNonce } = await provenKey(ports, application, request.proof, cause);

  // The challenge is spent whatever follows (R1): the first commit.
  const presented = await readProof(ports, login, request.credential);
  const { subject, context, issuedAt: startedAt } = await spendChallenge(ports, login, presented);
  const terms = openSignIn(context);

  // Whose key, and is the proof good?
  const { holder, forgettable } = await ports.credentials.byCredentialId(tenant, presented.credentialId, cause);
  const needs = policy.assurance;
  const attempt: SignInAttempt = { presented, terms, subject, holder, needs, credential: answering(presented, holder) };
  const mayForget = forgettable && !terms.named;
  const proof = await prove(ports, login, attempt, signInChecks, terms, mayForget);

  // It is. Only from here on may anything about the account change.
  const counterReplayed = await judgeCounter(ports, login, proof);
  const whenAbsent = policy.whenRiskAbsent.signIn;
  const risk = await weighRisk(ports, login, proof, { whenAbsent, counterReplayed });
  await recordUse(ports, login, proof);

  // The session with its event: the second commit.
  const credential = proof.credential.id;
  const assurance = assuranceOf(proof.shown, needs, ports.now());
  const who = { tenant, clientId, holder: proof.holder, credential };
  const how = { ...assurance, risk, policyVersion: policy.version, origin: request.origin, startedAt, jkt };
  const session = await login.told(ports.sessions.establish({ ...who, ...how }, cause));
  return { ...session, ...assurance, holder: proof.holder, credential, risk, dpopNonce };
}
