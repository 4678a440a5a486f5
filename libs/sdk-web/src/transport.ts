import type { DpopKey } from './dpop-key.js';
import { CountersignProblem, localProblem, problemOf, withdrawn } from './problem.js';
import type { Session } from './types.js';

export interface CountersignOptions {
  /** Address of the platform without `/v1`, e.g. `https://login.bank.example`. */
  baseUrl: string;
  /** The application's public client id. */
  clientId: string;
  /**
   * Binds access tokens to a key of this browser (DPoP, RFC 9449): `true`, or a key of the page's own. `baseUrl` must then be
   * the address under which the platform is published.
   */
  dpop?: true | DpopKey;
}

/** One call of the API. */
export interface Call {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Below `/v1`, beginning with `/`. */
  path: string;
  /** Sent as JSON; no body at all when absent. */
  body?: unknown;
  /** Step-up grant, sent as `Countersign-Grant`. */
  grant?: string | undefined;
  /** An unsafe call in the name of the session: the CSRF token is fetched first when the page was just loaded. */
  session?: boolean;
  /** What the answer gives is to be bound to this key. */
  key?: DpopKey | undefined;
  signal?: AbortSignal | undefined;
}

/** Speaks HTTP to the platform: client id, cookies, CSRF token, problems. The token lives in memory only. */
export class Transport {
  private csrfToken: string | undefined;

  constructor(private readonly options: CountersignOptions) {}

  /** Keeps the CSRF token a sign-in came with, or forgets it after a sign-out. */
  keepCsrfToken(token: string | undefined): void {
    this.csrfToken = token;
  }

  /** The session of this browser. @throws CountersignProblem 401 when there is none */
  async readSession(): Promise<Session> {
    const answer = await this.send<{ session: Session; csrfToken?: string }>({ method: 'GET', path: '/auth/session' });
    this.keepCsrfToken(answer.csrfToken);
    return answer.session;
  }

  /** @returns the parsed answer; `undefined` for 204 @throws CountersignProblem */
  async send<T>(call: Call): Promise<T> {
    const held = this.csrfToken;
    if (call.session && !held) await this.readSession();
    try {
      return await this.proven<T>(call);
    } catch (error) {
      if (!held || !(error instanceof CountersignProblem) || error.code !== 'csrf_refused') throw error;
    }
    // Another tab signed in meanwhile: the cookie is of a newer session than the token this page holds.
    await this.readSession();
    return this.proven<T>(call);
  }

  /** Once more where the platform asks for another nonce in the proof (RFC 9449 §8): nothing was carried out. */
  private async proven<T>(call: Call): Promise<T> {
    try {
      return await this.once<T>(call);
    } catch (error) {
      if (!call.key || !(error instanceof CountersignProblem) || error.code !== 'dpop_nonce_required') throw error;
    }
    return this.once<T>(call);
  }

  private async once<T>(call: Call): Promise<T> {
    const url = new URL(`/v1${call.path}`, this.options.baseUrl);
    const proof = await call.key?.proof({ method: call.method, url });
    const response = await this.fetch(url, call, proof);
    call.key?.learn(url, response);
    if (!response.ok) throw await problemOf(response);
    return (response.status === 204 ? undefined : await response.json()) as T;
  }

  private async fetch(url: URL, call: Call, proof: string | undefined): Promise<Response> {
    try {
      return await fetch(url, {
        method: call.method,
        headers: { ...this.headersOf(call), ...(proof !== undefined && { DPoP: proof }) },
        body: call.body === undefined ? null : JSON.stringify(call.body),
        credentials: 'include',
        cache: 'no-store',
        ...(call.signal && { signal: call.signal }),
      });
    } catch (error) {
      if (call.signal?.aborted) throw withdrawn(error);
      throw localProblem('network_failed', 'The server could not be reached.', error);
    }
  }

  private headersOf({ body, grant }: Call): Record<string, string> {
    return {
      'Countersign-Client': this.options.clientId,
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
      ...(grant && { 'Countersign-Grant': grant }),
      ...(this.csrfToken && { 'Countersign-CSRF': this.csrfToken }),
    };
  }
}
