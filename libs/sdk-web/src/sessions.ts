import { withStepUp } from './step-up.js';
import type { Transport } from './transport.js';
import type { Session } from './types.js';

/** The person's sessions, on this browser and elsewhere. An ended session is dead at once. */
export class Sessions {
  constructor(private readonly transport: Transport) {}

  async list(): Promise<Session[]> {
    const answer = await this.transport.send<{ sessions: Session[] }>({ method: 'GET', path: '/auth/sessions' });
    return answer.sessions;
  }

  async end(id: string): Promise<void> {
    const path = `/auth/sessions/${encodeURIComponent(id)}`;
    await this.transport.send({ method: 'DELETE', path, session: true });
  }

  async signOut(): Promise<void> {
    await this.transport.send({ method: 'POST', path: '/auth/sign-out', body: {}, session: true });
  }

  /** Asks for a passkey unless the person just used one. @returns how many sessions ended */
  signOutOthers(): Promise<number> {
    return this.endMany('/auth/sign-out-others');
  }

  /** As `signOutOthers`, this session included. */
  signOutAll(): Promise<number> {
    return this.endMany('/auth/sign-out-all');
  }

  private async endMany(path: string): Promise<number> {
    const { ended } = await withStepUp(this.transport, {}, () =>
      this.transport.send<{ ended: number }>({ method: 'POST', path, body: {}, session: true }),
    );
    return ended;
  }
}
