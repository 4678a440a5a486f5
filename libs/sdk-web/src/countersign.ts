import { AccessTokens } from './access-token.js';
import type { Action } from './action-hash.js';
import { signInByAutofill } from './autofill.js';
import { Devices } from './devices.js';
import { DpopKey } from './dpop-key.js';
import { CountersignProblem } from './problem.js';
import { registerOnce, type RegisterRequest } from './registration.js';
import { Sessions } from './sessions.js';
import { signInOnce, type SignInRequest } from './sign-in.js';
import { confirmAction, elevate } from './step-up.js';
import { Transport, type CountersignOptions } from './transport.js';
import type { ActivityPage, Assurance, Device, Grant, OpenedTicket, Session, SignedIn } from './types.js';

/**
 * Countersign for a web page. Make one per page; every method throws `CountersignProblem` and nothing else.
 * The session is a cookie that scripts cannot read; nothing is kept in the browser's storage, but for a key that scripts cannot
 * read out, where `dpop` is asked for.
 */
export class Countersign {
  private readonly transport: Transport;
  private readonly tokens: AccessTokens;
  private readonly deviceCalls: Devices;
  private readonly sessionCalls: Sessions;

  constructor(options: CountersignOptions) {
    this.transport = new Transport(options);
    const key = options.dpop === true ? new DpopKey(options.clientId) : options.dpop;
    this.tokens = new AccessTokens(this.transport, key);
    this.deviceCalls = new Devices(this.transport);
    this.sessionCalls = new Sessions(this.transport);
  }

  /** Opens an enrollment ticket: from here on only this browser can use it. */
  openTicket(ticket: string, pin?: string): Promise<OpenedTicket> {
    const body = { ticket, ...(pin !== undefined && { pin }) };
    return this.transport.send({ method: 'POST', path: '/enrollment-tickets/open', body });
  }

  /** Adds a passkey: by the ticket that this browser opened, or by a grant for `authenticator.add`. */
  register(request: RegisterRequest = {}): Promise<Device> {
    return registerOnce(this.transport, request);
  }

  /**
   * Adds another passkey for the signed-in person: asks for one that is enrolled, then makes the new one. The grant also
   * says that the session is meant, should a ticket of somebody else still be open in this browser.
   */
  async addDevice(request: Omit<RegisterRequest, 'grant'> = {}): Promise<Device> {
    const { grant } = await confirmAction(this.transport, { name: 'authenticator.add' });
    return registerOnce(this.transport, { ...request, grant });
  }

  /** Signs in with a passkey: that of the user name, or any the person picks. */
  async signIn(request: Omit<SignInRequest, 'mediation'> = {}): Promise<SignedIn> {
    this.tokens.forget();
    return signInOnce(this.transport, request);
  }

  /** Offers passkeys in the autofill of `<input autocomplete="username webauthn">`; settles when one was picked. */
  async signInWithAutofill(signal?: AbortSignal): Promise<SignedIn> {
    this.tokens.forget();
    return signInByAutofill(this.transport, signal);
  }

  /** Confirms one action: the bank's server redeems the grant with the hash that it computes itself. */
  stepUp(action: Action): Promise<Grant>;
  /** Confirms that the person is here: the session continues with higher assurance. */
  stepUp(): Promise<{ session: Assurance }>;
  async stepUp(action?: Action): Promise<Grant | { session: Assurance }> {
    if (action) return confirmAction(this.transport, action);
    this.tokens.forget();
    return elevate(this.transport);
  }

  /** The session of this browser, or `undefined` when nobody is signed in. */
  async session(): Promise<Session | undefined> {
    try {
      return await this.transport.readSession();
    } catch (error) {
      if (error instanceof CountersignProblem && error.status === 401) return undefined;
      throw error;
    }
  }

  /** A short-lived token for the bank's own API, which introspects it. Kept in memory until it is about to expire. */
  accessToken(): Promise<string> {
    return this.tokens.get();
  }

  /**
   * Headers of one request to the bank's own API: `Authorization`, and where tokens are bound to a key the proof for exactly
   * this method and address. Ask anew for every request.
   */
  authorization(method: string, url: string | URL): Promise<Record<string, string>> {
    return this.tokens.headersFor(method, url);
  }

  sessions(): Promise<Session[]> {
    return this.sessionCalls.list();
  }

  endSession(id: string): Promise<void> {
    return this.sessionCalls.end(id);
  }

  async signOut(): Promise<void> {
    await this.sessionCalls.signOut();
    this.forget();
  }

  /** @returns how many sessions ended */
  signOutOthers(): Promise<number> {
    return this.sessionCalls.signOutOthers();
  }

  /** @returns how many sessions ended, this one included */
  async signOutAll(): Promise<number> {
    const ended = await this.sessionCalls.signOutAll();
    this.forget();
    return ended;
  }

  devices(): Promise<Device[]> {
    return this.deviceCalls.list();
  }

  renameDevice(id: string, name: string): Promise<void> {
    return this.deviceCalls.rename(id, name);
  }

  suspendDevice(id: string): Promise<void> {
    return this.deviceCalls.suspend(id);
  }

  resumeDevice(id: string): Promise<void> {
    return this.deviceCalls.resume(id);
  }

  removeDevice(id: string): Promise<void> {
    return this.deviceCalls.remove(id);
  }

  /** The person's own history, newest first. */
  activity(page: { cursor?: string; limit?: number } = {}): Promise<ActivityPage> {
    const query = new URLSearchParams();
    if (page.cursor !== undefined) query.set('cursor', page.cursor);
    if (page.limit !== undefined) query.set('limit', String(page.limit));
    return this.transport.send({ method: 'GET', path: `/auth/activity${query.size > 0 ? `?${query}` : ''}` });
  }

  private forget(): void {
    this.tokens.forget();
    this.transport.keepCsrfToken(undefined);
  }
}
