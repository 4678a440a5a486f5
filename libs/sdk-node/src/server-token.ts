import { proveClient } from './client-proof.js';
import { send } from './http.js';
import type { CountersignServerOptions } from './options.js';

/** Renewed this long before its end, so that none expires on its way. */
const MARGIN_MS = 30_000;

interface TokenAnswer {
  access_token: string;
  /** Seconds. */
  expires_in: number;
}

/** The server's own access token (client credentials, RFC 6749 §4.4): one request, however many callers wait for it. */
export class ServerToken {
  private current: { token: string; renewAt: number } | undefined;
  private pending: Promise<string> | undefined;

  constructor(private readonly options: CountersignServerOptions) {}

  async get(): Promise<string> {
    if (this.current && Date.now() < this.current.renewAt) return this.current.token;
    this.pending ??= this.request().finally(() => (this.pending = undefined));
    return this.pending;
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
    const answer = await send<TokenAnswer>({ method: 'POST', url, headers, body, timeoutMs });
    this.current = { token: answer.access_token, renewAt: Date.now() + answer.expires_in * 1000 - MARGIN_MS };
    return answer.access_token;
  }
}
