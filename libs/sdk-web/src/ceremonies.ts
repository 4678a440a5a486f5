import { localProblem, withdrawn, type CountersignProblem, type LocalCode } from './problem.js';
import { hasPasskeys } from './support.js';

/** A credential as the browser's `toJSON()` writes it; the platform reads it, the page does not. */
export type CredentialJson = ReturnType<PublicKeyCredential['toJSON']>;

/** How an assertion is asked for. */
export interface AssertionRequest {
  /** `conditional` waits in the autofill until the person picks a passkey there. */
  mediation?: CredentialMediationRequirement;
  signal?: AbortSignal;
}

/** Asks the browser to make a passkey; gives the credential in its JSON form. */
export async function createPasskey(
  options: PublicKeyCredentialCreationOptionsJSON,
  signal?: AbortSignal,
): Promise<CredentialJson> {
  return inBrowser(signal, () => {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
    return navigator.credentials.create({ publicKey, ...(signal && { signal }) });
  });
}

/** Asks the browser for the proof of a passkey; gives the credential in its JSON form. */
export async function getPasskey(
  options: PublicKeyCredentialRequestOptionsJSON,
  request: AssertionRequest = {},
): Promise<CredentialJson> {
  return inBrowser(request.signal, () => {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
    return navigator.credentials.get({ publicKey, ...request });
  });
}

async function inBrowser(
  signal: AbortSignal | undefined,
  ceremony: () => Promise<Credential | null>,
): Promise<CredentialJson> {
  if (!hasPasskeys()) throw localProblem('passkeys_unsupported', 'This browser cannot use passkeys.');
  try {
    const credential = await ceremony();
    if (credential instanceof PublicKeyCredential) return credential.toJSON();
  } catch (error) {
    throw signal?.aborted ? withdrawn(error) : ceremonyProblem(error);
  }
  throw localProblem('authenticator_failed', 'The browser gave no passkey.');
}

/** What each exception of WebAuthn Level 3 (§5.1.3, §5.1.4) means to a person. */
const MEANINGS: Record<string, { code: LocalCode; message: string }> = {
  NotAllowedError: { code: 'ceremony_cancelled', message: 'The request was cancelled or timed out.' },
  InvalidStateError: { code: 'already_registered', message: 'This authenticator already holds a passkey for you.' },
  SecurityError: { code: 'page_not_allowed', message: 'This page may not use passkeys of that name.' },
  NotSupportedError: { code: 'authenticator_failed', message: 'The authenticator cannot make such a passkey.' },
};

function ceremonyProblem(error: unknown): CountersignProblem {
  const name = error instanceof Error || error instanceof DOMException ? error.name : '';
  const { code, message } = MEANINGS[name] ?? {
    code: 'authenticator_failed' as const,
    message: 'The authenticator could not complete the request.',
  };
  return localProblem(code, message, error);
}
