import type { DpopKey } from './dpop-key.js';
import { localProblem } from './problem.js';
import type { Transport } from './transport.js';

/** A token about to expire would be refused on its way: it is renewed this long before its end. */
const MARGIN_MS = 30_000;

interface TokenAnswer {
  accessToken: string;
  tokenType: string;
  /** Seconds. */
  expiresIn: number;
}

/** Keeps one short-lived access token in memory and fetches the next when needed; with a key it is bound to that key. */
export class AccessTokens {
  private current: { token: string; renewAt: number } | undefined;

  constructor(
    private readonly transport: Transport,
    private readonly key?: DpopKey,
  ) {}

  async get(): Promise<string> {
    if (this.current && Date.now() < this.current.renewAt) return this.current.token;
    const call = { method: 'POST', path: '/auth/session/token', body: {}, session: true, key: this.key } as const;
    const { accessToken, tokenType, expiresIn } = await this.transport.send<TokenAnswer>(call);
    if (this.key && tokenType !== 'DPoP') throw localProblem('token_unbound', 'The token was not bound to the key.');
    this.current = { token: accessToken, renewAt: Date.now() + expiresIn * 1000 - MARGIN_MS };
    return accessToken;
  }

  /** Headers of one request to the bank's own API: the token, and with a key the proof that goes with it (RFC 9449 §7.1). */
  async headersFor(method: string, url: string | URL): Promise<Record<string, string>> {
    const token = await this.get();
    if (!this.key) return { Authorization: `Bearer ${token}` };
    return { Authorization: `DPoP ${token}`, DPoP: await this.key.proof({ method, url, token }) };
  }

  /** After a sign-in, a step-up or a sign-out the old token says what is no longer so. */
  forget(): void {
    this.current = undefined;
  }
}
