import type { CounterVerdict } from '../types.js';

/**
 * What the signature counter says (WebAuthn L3 §7.2 step 22, R2): above the stored one, not kept by the authenticator
 * (both zero), or equal or lower, a drop to zero included. Both are unsigned 32-bit.
 */
export function counterVerdict(stored: number, sent: number): CounterVerdict {
  if (sent > stored) return 'advanced';
  return sent === 0 && stored === 0 ? 'zero' : 'replayed';
}
