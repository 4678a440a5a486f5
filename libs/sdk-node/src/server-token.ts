import { proveClient } from './client-proof.js';
import { send } from './http.js';
import { DpopKey } from './dpop-key.js';
import type { CountersignServerOptions } from './options.js';
import { CountersignProblem } from './problem.js';

/** Renewed this long before its end, so that none expires on its way. */
const MARGIN_MS = 30_000;

interface TokenAnswer {
  access_token: string;
  token_type: string;
  /** Seconds. */
  expires_in: number;
}

/** The server's own access token (client credentials, RFC 6749 §4.4): one request, however many callers wait for it. */
export class ServerToken {
  private current: { token: string; renewAt: number } | undefined;
  private pending: Promise<string> | undefined;
  private opening: Promise<DpopKey> | undefined;

  constructor(private readonly options: CountersignServerOptions) {}

  async get(): Promise<string> {
    if (this.current && Date.now() < this.current.renewAt) return this.current.token;
    this.pending ??= this.request().finally(() => (this.pending = undefined));
    return this.pending;
  }

  /** The key its tokens are bound to; undefined where they are bearer tokens. */
  async key(): Promise<DpopKey | undefined> {
    const { dpop } = this.options;
    if (dpop === undefined) return undefined;
    this.opening ??= DpopKey.open(dpop);
    return this.opening;
  }

  /** Drops a token that the platform no longer takes, unless it was replaced meanwhile. */
  forget(token: string): void {
    if (this.current?.token === token) this.current = undefined;
  }

  private async request(): Promise<string> {
    const { baseUrl, clientId, scopes, audience, timeoutMs } = this.options;
    const url = new URL('/v1/oauth/token', baseUrl);
    const proof = await proveClient(this.options, audience ?? url.href);
    const form = { grant_type: 'client_credentials', ...(scopes && { scope: scopes.join(' ') }), ...proof.form };
    // Named, so that its tenant's rate limits apply and not those for strangers.
    const named = { 'Countersign-Client': clientId };
    const headers = { ...proof.headers, ...named, 'Content-Type': 'application/x-www-form-urlencoded' };
    const body = new URLSearchParams(form).toString();
    const key = await this.key();
    const answer = await send<TokenAnswer>({ method: 'POST', url, headers, body, key, timeoutMs });
    if (key && answer.token_type !== 'DPoP')
      throw new CountersignProblem('token_unbound', 'The platform did not bind the token to the key.', 200);
    this.current = { token: answer.access_token, renewAt: Date.now() + answer.expires_in * 1000 - MARGIN_MS };
    return answer.access_token;
  }
}
