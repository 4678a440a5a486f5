import type { Transport } from './transport.js';

/** A token about to expire would be refused on its way: it is renewed this long before its end. */
const MARGIN_MS = 30_000;

/** Keeps one short-lived access token in memory and fetches the next when needed. */
export class AccessTokens {
  private current: { token: string; renewAt: number } | undefined;

  constructor(private readonly transport: Transport) {}

  async get(): Promise<string> {
    if (this.current && Date.now() < this.current.renewAt) return this.current.token;
    const { accessToken, expiresIn } = await this.transport.send<{ accessToken: string; expiresIn: number }>({
      method: 'POST',
      path: '/auth/session/token',
      body: {},
      session: true,
    });
    this.current = { token: accessToken, renewAt: Date.now() + expiresIn * 1000 - MARGIN_MS };
    return accessToken;
  }

  /** After a sign-in, a step-up or a sign-out the old token says what is no longer so. */
  forget(): void {
    this.current = undefined;
  }
}
