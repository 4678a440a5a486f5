import type { Signals } from './types.js';

type Method = 'signalAllAcceptedCredentials' | 'signalCurrentUserDetails' | 'signalUnknownCredential';

/**
 * Tells the passkey provider what an answer says it should forget or rename (WebAuthn Level 3 §5.1.10). A courtesy: a
 * browser without the Signal API, or one that refuses, changes nothing.
 */
export async function signal(signals: Signals | undefined): Promise<void> {
  if (!signals) return;
  const { allAcceptedCredentials, currentUserDetails, unknownCredential } = signals;
  await Promise.all([
    tell('signalAllAcceptedCredentials', allAcceptedCredentials),
    tell('signalCurrentUserDetails', currentUserDetails),
    tell('signalUnknownCredential', unknownCredential),
  ]);
}

async function tell<M extends Method>(
  method: M,
  options: Parameters<(typeof PublicKeyCredential)[M]>[0] | undefined,
): Promise<void> {
  if (!options || typeof PublicKeyCredential !== 'function') return;
  const provider = PublicKeyCredential as Partial<Record<Method, (options: unknown) => Promise<void>>>;
  // Called on the interface, never detached from it: a browser's static method may insist on its `this`.
  await provider[method]?.(options)?.catch(() => undefined);
}
