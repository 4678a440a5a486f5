import { actionHash, type Action } from './action-hash.js';
import { getPasskey } from './ceremonies.js';
import { CountersignProblem } from './problem.js';
import type { Transport } from './transport.js';
import type { Assurance, Grant } from './types.js';

/** Confirms one action with a passkey: the grant is good for exactly this name and these parameters, once. */
export async function confirmAction(transport: Transport, { name, parameters }: Action): Promise<Grant> {
  const hash = await actionHash({ name, ...(parameters && { parameters }) });
  return confirm(transport, { action: { name, hash } });
}

/** Confirms that the person is here: the same session continues with higher assurance and a new time. */
export const elevate = (transport: Transport): Promise<{ session: Assurance }> => confirm(transport, {});

async function confirm<T>(transport: Transport, request: { action?: { name: string; hash: string } }): Promise<T> {
  const options = await transport.send<PublicKeyCredentialRequestOptionsJSON>({
    method: 'POST',
    path: '/auth/step-up/options',
    body: request,
    session: true,
  });
  const credential = await getPasskey(options);
  return transport.send({ method: 'POST', path: '/auth/step-up/verify', body: { credential }, session: true });
}

/**
 * Runs a call and, where the API asks for it (401 `step_up_required`, RFC 9470), steps up and runs it again: with a
 * grant when the answer names an action, otherwise with an elevated session.
 *
 * @param parameters of the action, as the API documents them; an action without any has `{}`
 */
export async function withStepUp<T>(
  transport: Transport,
  parameters: Record<string, unknown>,
  call: (grant?: string) => Promise<T>,
): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof CountersignProblem) || error.code !== 'step_up_required') throw error;
    const name = error.details.action;
    if (name) return call((await confirmAction(transport, { name, parameters })).grant);
    await elevate(transport);
    return call();
  }
}
