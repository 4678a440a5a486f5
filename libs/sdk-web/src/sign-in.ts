import { getPasskey, type AssertionRequest, type CredentialJson } from './ceremonies.js';
import { CountersignProblem } from './problem.js';
import { signal } from './signals.js';
import type { Transport } from './transport.js';
import type { SignedIn, Signals } from './types.js';

export interface SignInRequest extends AssertionRequest {
  /** Without it the browser offers every passkey it has for this bank. */
  userName?: string;
}

type VerifyAnswer = SignedIn & { signals?: Signals; csrfToken: string };

/** One sign-in: options, the person's passkey, verification; afterwards the session cookie is set. */
export async function signInOnce(transport: Transport, { userName, ...request }: SignInRequest): Promise<SignedIn> {
  const options = await transport.send<PublicKeyCredentialRequestOptionsJSON>({
    method: 'POST',
    path: '/passkey/authenticate/options',
    ...(userName !== undefined && { body: { userName } }),
    signal: request.signal,
  });
  const credential = await getPasskey(options, request);
  const answer = await verify(transport, credential);
  transport.keepCsrfToken(answer.csrfToken);
  await signal(answer.signals);
  return { subject: answer.subject, device: answer.device, session: answer.session };
}

async function verify(transport: Transport, credential: CredentialJson): Promise<VerifyAnswer> {
  try {
    return await transport.send({ method: 'POST', path: '/passkey/authenticate/verify', body: { credential } });
  } catch (error) {
    if (error instanceof CountersignProblem) await signal(error.details.signals);
    throw error;
  }
}
