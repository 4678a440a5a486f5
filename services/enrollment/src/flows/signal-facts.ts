import { toBase64Url } from '@countersign/kernel';
import type { Credential } from '../domain/credential.js';
import type { Profile } from './profile.js';

/** What the WebAuthn Signal API needs (L3 §5.1.10): user id, every id that is still accepted, and the names shown. */
export interface SignalFacts {
  /** base64url. */
  userHandle: string;
  /** base64url. */
  acceptedCredentialIds: string[];
  userName: string;
  displayName: string;
}

/**
 * A browser forgets what the list leaves out, so it is always whole: suspended ones stay on it, also those that nobody can
 * resume. Only the person's own removal takes a passkey off their devices.
 *
 * @param credentials all but revoked ones
 */
export const signalsOf = (
  { userHandle, ...profile }: Profile & { userHandle: Uint8Array },
  credentials: readonly Credential[],
): SignalFacts => ({
  userHandle: toBase64Url(userHandle),
  acceptedCredentialIds: credentials.map(({ credentialId }) => credentialId),
  ...namesOf(profile),
});

/** The names of creation options: where no display name was given, the reference stands for it. */
export const namesOf = ({ reference, displayName }: Profile): Pick<SignalFacts, 'userName' | 'displayName'> => ({
  userName: reference,
  displayName: displayName || reference,
});
