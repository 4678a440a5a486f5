import { isRefusal, reject } from '@countersign/kernel';
import type { Ports, Presented, Redeemed } from '../ports.js';
import type { Case } from './case.js';

/**
 * Reads what was presented as far as its challenge. Whether anything is wrong with the rest is not said before the
 * challenge is spent, and then only in the record.
 *
 * @throws `credential_malformed`
 */
export async function readProof(ports: Ports, open: Case, credential: string): Promise<Presented> {
  try {
    return ports.proofs.read(credential);
  } catch (error) {
    if (isRefusal(error)) await open.record(reject(error.code));
    throw error;
  }
}

/** Spends the challenge before anything is judged, so that failure consumes it like success (R1). The challenge service records its refusals. */
export function spendChallenge(
  ports: Ports,
  { application, purpose, cause }: Case,
  { challenge }: Presented,
): Promise<Redeemed> {
  const { tenant, clientId } = application;
  return ports.challenges.redeem({ tenant, clientId, purpose }, challenge, cause);
}
