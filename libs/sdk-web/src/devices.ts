import { signal } from './signals.js';
import { withStepUp } from './step-up.js';
import type { Call, Transport } from './transport.js';
import type { Device, Signals } from './types.js';

type Changed = { signals?: Signals };

/**
 * The person's passkeys. What would weaken the account asks for a passkey first. After every call the browser's passkey
 * provider learns which are still good, and what the person is called.
 */
export class Devices {
  constructor(private readonly transport: Transport) {}

  /** All of them, suspended ones included. */
  async list(): Promise<Device[]> {
    const { devices } = await this.send<{ devices: Device[] }>({ method: 'GET', path: '/auth/devices' });
    return devices;
  }

  async rename(id: string, name: string): Promise<void> {
    await this.send({ method: 'PATCH', path: pathOf(id), body: { name }, session: true });
  }

  /** It cannot sign in until it is resumed, and its sessions end. */
  async suspend(id: string): Promise<void> {
    await this.send({ method: 'POST', path: `${pathOf(id)}/suspend`, body: {}, session: true });
  }

  /** Asks for a passkey (action `authenticator.resume`). */
  async resume(id: string): Promise<void> {
    await withStepUp(this.transport, { id }, (grant) =>
      this.send({ method: 'POST', path: `${pathOf(id)}/resume`, body: {}, grant, session: true }),
    );
  }

  /** For good; its sessions end. Asks for a passkey (action `authenticator.remove`). */
  async remove(id: string): Promise<void> {
    await withStepUp(this.transport, { id }, (grant) =>
      this.send({ method: 'DELETE', path: pathOf(id), grant, session: true }),
    );
  }

  private async send<T>(call: Call): Promise<T & Changed> {
    const answer = await this.transport.send<T & Changed>(call);
    await signal(answer.signals);
    return answer;
  }
}

const pathOf = (id: string): string => `/auth/devices/${encodeURIComponent(id)}`;
