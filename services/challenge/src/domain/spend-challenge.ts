import { refuse } from '@countersign/kernel';
import { openChallenge, type Challenge, type SealedFor, type Sealer } from './seal.js';

/** Where spent challenges are remembered until they would have expired anyway. */
export interface SpentStore {
  /** One conditional insert by the database clock; its outcome is the verdict. */
  spend(challenge: Challenge): Promise<'spent now' | 'spent before' | 'expired'>;
}

/**
 * Spends a challenge: the first caller to present it wins, everyone else is refused.
 * One conditional insert decides the race, so two replicas cannot accept the same proof.
 * Expiry follows the database clock; device clocks are never trusted.
 *
 * @param seal the sealed challenge as the client returned it, at most 512 bytes
 * @throws `challenge_spent` or `challenge_expired`; a seal that does not open is reported as spent
 */
export async function spendChallenge(
  sealer: Sealer,
  store: SpentStore,
  target: SealedFor,
  seal: Uint8Array,
): Promise<Challenge> {
  const challenge = openChallenge(sealer, target, seal);
  const outcome = await store.spend(challenge);
  if (outcome === 'expired') throw refuse('challenge_expired');
  if (outcome === 'spent before') throw refuse('challenge_spent');
  return challenge;
}
