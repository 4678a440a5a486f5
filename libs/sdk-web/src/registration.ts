import { createPasskey } from './ceremonies.js';
import { signal as tellBrowser } from './signals.js';
import type { Transport } from './transport.js';
import type { Device, Signals } from './types.js';

export interface RegisterRequest {
  /** What the person calls the device, e.g. `Work laptop`. The platform finds a name when absent. */
  name?: string;
  /** A step-up grant for `authenticator.add`, when the page already holds one. */
  grant?: string;
  signal?: AbortSignal;
}

/** Adds a passkey: for the bearer of an opened ticket, or for a signed-in person with a grant. */
export async function registerOnce(transport: Transport, request: RegisterRequest): Promise<Device> {
  const { name, grant, signal } = request;
  const common = { method: 'POST', grant, signal, session: grant !== undefined } as const;
  const options = await transport.send<PublicKeyCredentialCreationOptionsJSON>({
    ...common,
    path: '/passkey/register/options',
    body: {},
  });
  const credential = await createPasskey(options, signal);
  const answer = await transport.send<{ device: Device; signals?: Signals }>({
    ...common,
    path: '/passkey/register/verify',
    body: { credential, ...(name && { name }) },
  });
  await tellBrowser(answer.signals);
  return answer.device;
}
