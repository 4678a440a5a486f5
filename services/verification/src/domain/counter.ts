import { reject, runChecks } from '@countersign/kernel';
import type { Ports } from '../ports.js';
import type { Case } from './case.js';
import { checkCredentialActive } from './checks/credential-active.js';
import type { Proof } from './prove.js';

const CLAUSE = 'WebAuthn L3 §6.1.1';

/**
 * What a counter that did not move leads to, by policy (R2): suspend the device and refuse, refuse, or let risk weigh it.
 * To be asked only after the signature has verified, so that a stranger suspends nobody (R30).
 *
 * @returns whether risk has to weigh a replayed counter
 */
export async function judgeCounter(ports: Ports, open: Case, proof: Proof): Promise<boolean> {
  if (proof.counterVerdict !== 'replayed') return false;
  if (open.application.policy.counter === 'risk') return true;
  return refuseReplay(ports, open, proof);
}

/**
 * Stores counter and backup state after everything else has passed (WebAuthn L3 §7.2 step 25), by one conditional update.
 * A key that does not count costs no call.
 */
export async function recordUse(ports: Ports, open: Case, proof: Proof): Promise<void> {
  const { credential, counter, backupState, counterVerdict } = proof;
  if (counterVerdict === 'zero' && backupState === credential.backupState) return;
  if (counterVerdict === 'replayed') return;
  const outcome = await ports.credentials.recordUse(
    open.application.tenant,
    credential.id,
    { counter, backupState },
    open.cause,
  );
  if (counterVerdict === 'advanced' && outcome === 'not advanced') await refuseOvertaken(ports, open, proof);
}

/**
 * Nothing was stored: the device was suspended or revoked in between, or the key was used with as high a counter. Only the
 * second says anything about a copy, so it is looked up again before anybody's device is called compromised.
 */
async function refuseOvertaken(ports: Ports, open: Case, proof: Proof): Promise<never> {
  const { id, credentialId } = proof.credential;
  const { holder } = await ports.credentials.byCredentialId(open.application.tenant, credentialId, open.cause);
  const credential = holder?.credentials.find((each) => each.id === id);
  await open.must(runChecks([checkCredentialActive], { credential }));
  return refuseReplay(ports, open, { ...proof, credential: credential! });
}

async function refuseReplay(ports: Ports, open: Case, { credential, counter }: Proof): Promise<never> {
  const { tenant, policy } = open.application;
  const counters = { stored: credential.counter, sent: counter };
  if (policy.counter === 'suspend') await ports.credentials.suspend(tenant, credential.id, counters, open.cause);
  const refused = { ...reject('counter_replayed', counters), clause: CLAUSE };
  return open.must(refused);
}
