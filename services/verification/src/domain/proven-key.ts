import type { Application, Cause, KeyProof, Ports } from '../ports.js';

/** No key: cookies are not bound, and where policy leaves it open nor are the tokens of who sent no proof. */
const NO_KEY = { jkt: '', dpopNonce: '' };

/**
 * The key that the tokens of a sign-in are to be bound to (RFC 9449). It is asked for before anything is spent: a proof that
 * lacks a nonce is made again, the person's gesture is not. @throws `dpop_…`
 */
export async function provenKey(
  { sessions }: Ports,
  application: Application,
  proof: KeyProof | undefined,
  cause: Cause,
): Promise<{ jkt: string; dpopNonce: string }> {
  const { type, policy } = application;
  if (type !== 'native' || (!proof && !policy.bindsTokens)) return NO_KEY;
  return sessions.checkProof(application, proof, cause);
}
