import type { Application, Cause, Named, Ports } from '../ports.js';
import { sealSignIn } from './ceremony.js';
import { signInApplication } from './sign-in-application.js';

/** Seconds a person has (WebAuthn L3 §15.1). */
export const CEREMONY_SECONDS = 300;

const ANYBODY: Named = { subject: '', allowed: [] };

/**
 * Begins a sign-in and writes nothing. With a user name the options list that person's credentials; for a name nobody has
 * they list decoys that are the same at every call, so that both look alike (R14). Without one they list none, and any
 * passkey of this bank may answer, also out of the browser's autofill or from a phone nearby (hybrid transport).
 *
 * @returns PublicKeyCredentialRequestOptionsJSON
 * @throws `client_unknown`, `client_cannot_sign_in`
 */
export async function beginAuthentication(
  ports: Ports,
  { clientId, userName }: { clientId: string; userName: string },
  cause: Cause,
): Promise<string> {
  const application = signInApplication(ports, clientId);
  const { tenant, rpId } = application;
  const { userVerification } = application.policy.assurance;
  const named = userName !== '';
  const { subject, allowed } = named ? await ports.credentials.byUserName(tenant, userName, cause) : ANYBODY;
  const context = sealSignIn({ named, userVerification });
  const challenge = await ports.challenges.issue(target(application), subject, context, cause);
  return ports.proofs.options({ rpId, challenge, allowed, userVerification });
}

const target = ({ tenant, clientId }: Application) => ({ tenant, clientId, purpose: 'authentication' as const });
