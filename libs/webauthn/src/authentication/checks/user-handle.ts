import { clause, pass, reject } from '@countersign/kernel';
import type { AuthenticationProof } from '../proof.js';

/**
 * Refuses a user handle of somebody else. Where no credentials were named, nobody had been named either:
 * then the handle must be there, and the record must have one to compare it with.
 */
export const checkUserHandle = clause<AuthenticationProof>('WebAuthn L3 §7.2 step 6', (proof) => {
  const { userHandle, credential, allowCredentials } = proof;
  const named = allowCredentials.length > 0;
  if (userHandle === undefined) return named ? pass : reject('user_handle_mismatch', { handle: 'missing' });
  if (credential.userHandle === undefined) return named ? pass : reject('user_handle_mismatch', { handle: 'unknown' });
  return userHandle === credential.userHandle ? pass : reject('user_handle_mismatch', { handle: 'different' });
});
