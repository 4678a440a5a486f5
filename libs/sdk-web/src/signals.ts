import type { AcceptedCredentials } from './types.js';

/**
 * Tells the passkey provider which passkeys are still good, so that it hides removed ones (WebAuthn Level 3 §5.1.10).
 * A courtesy: a browser without the Signal API, or one that refuses, changes nothing.
 */
export async function signalAccepted(accepted: AcceptedCredentials | undefined): Promise<void> {
  if (!accepted || !hasSignal('signalAllAcceptedCredentials')) return;
  await PublicKeyCredential.signalAllAcceptedCredentials(accepted).catch(() => undefined);
}

/** Tells the passkey provider that a passkey it offered is unknown here, e.g. an orphan of a broken registration. */
export async function signalUnknown(rpId: string | undefined, credentialId: string | undefined): Promise<void> {
  if (!rpId || !credentialId || !hasSignal('signalUnknownCredential')) return;
  await PublicKeyCredential.signalUnknownCredential({ rpId, credentialId }).catch(() => undefined);
}

const hasSignal = (method: 'signalAllAcceptedCredentials' | 'signalUnknownCredential'): boolean =>
  typeof PublicKeyCredential === 'function' && typeof PublicKeyCredential[method] === 'function';
