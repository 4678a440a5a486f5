import { pass, reject, type Verdict } from '@countersign/kernel';
import type { AllowOrBlock, Ports, RiskVerdict } from '../ports.js';
import type { Case } from './case.js';
import type { Proof } from './prove.js';

const CLAUSE = 'PSD2 RTS art. 2';

/**
 * Asks risk, under the tenant's policy. Who does not answer in time is absent, and the policy says what that means.
 *
 * @throws what `Case.must` throws, for `risk_blocked`, `risk_factor_needed` or `risk_absent`
 */
export async function weighRisk(
  ports: Ports,
  open: Case,
  proof: Proof,
  { whenAbsent, counterReplayed }: { whenAbsent: AllowOrBlock; counterReplayed: boolean },
): Promise<RiskVerdict> {
  const { holder, credential } = proof;
  const question = {
    tenant: open.application.tenant,
    pseudonym: holder.pseudonym,
    credential: credential.id,
    platform: open.origin.platform,
    counterReplayed,
  };
  const answer = await ports.risk.assess(question, open.cause);
  const risk = answer.level === 'ABSENT' ? { ...answer, action: whenAbsent } : answer;
  open.weighed(risk);
  await open.must({ ...riskGate(risk, proof.userVerified), clause: CLAUSE });
  return risk;
}

/**
 * What a risk action means where a passkey has just been proven. Asking for an e-mail, a phone code or a step-up asks for
 * a second factor; a passkey with user verification already is two (R16), and a stronger one than those. Without user
 * verification it is one factor, and there is nothing yet to add to it, so it is refused.
 */
export function riskGate({ level, action }: RiskVerdict, userVerified: boolean): Verdict {
  if (action === 'block') return reject(level === 'ABSENT' ? 'risk_absent' : 'risk_blocked');
  return action === 'allow' || userVerified ? pass : reject('risk_factor_needed', { action });
}
