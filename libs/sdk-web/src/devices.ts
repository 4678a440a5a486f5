import { signalAccepted } from './signals.js';
import { withStepUp } from './step-up.js';
import type { Transport } from './transport.js';
import type { AcceptedCredentials, Device } from './types.js';

/** The person's passkeys. What would weaken the account asks for a passkey first. */
export class Devices {
  constructor(private readonly transport: Transport) {}

  /** All of them, suspended ones included; the browser's passkey provider learns which are still good. */
  async list(): Promise<Device[]> {
    const answer = await this.transport.send<{ devices: Device[]; signal?: AcceptedCredentials }>({
      method: 'GET',
      path: '/auth/devices',
    });
    await signalAccepted(answer.signal);
    return answer.devices;
  }

  async rename(id: string, name: string): Promise<void> {
    await this.transport.send({ method: 'PATCH', path: pathOf(id), body: { name }, session: true });
  }

  /** It cannot sign in until it is resumed, and its sessions end. */
  async suspend(id: string): Promise<void> {
    await this.transport.send({ method: 'POST', path: `${pathOf(id)}/suspend`, body: {}, session: true });
  }

  /** Asks for a passkey (action `authenticator.resume`). */
  async resume(id: string): Promise<void> {
    await withStepUp(this.transport, { id }, (grant) =>
      this.transport.send({ method: 'POST', path: `${pathOf(id)}/resume`, body: {}, grant, session: true }),
    );
  }

  /** For good; its sessions end. Asks for a passkey (action `authenticator.remove`). */
  async remove(id: string): Promise<void> {
    const answer = await withStepUp(this.transport, { id }, (grant) =>
      this.transport.send<{ signal?: AcceptedCredentials } | undefined>({
        method: 'DELETE',
        path: pathOf(id),
        grant,
        session: true,
      }),
    );
    await signalAccepted(answer?.signal);
  }
}

const pathOf = (id: string): string => `/auth/devices/${encodeURIComponent(id)}`;
