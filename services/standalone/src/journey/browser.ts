import { SoftAuthenticator } from '@countersign/testing';

type Json = Record<string, unknown>;

/**
 * A customer's browser as the API sees one: it keeps cookies, names its client and origin, and has an authenticator of
 * software. Uses the public API and nothing else.
 */
export class Browser {
  private readonly cookies = new Map<string, string>();
  private csrf: string | undefined;
  readonly authenticator = new SoftAuthenticator();

  constructor(
    private readonly api: string,
    private readonly clientId: string,
    readonly origin: string,
  ) {}

  /** @throws Error naming the problem's code when the answer is not 2xx */
  async request<T = Json>(method: string, path: string, body?: Json, headers: Record<string, string> = {}): Promise<T> {
    const response = await fetch(`${this.api}/v1${path}`, {
      method,
      headers: { ...this.headers(body), ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    this.keep(response.headers.getSetCookie());
    const text = await response.text();
    const answer = (text === '' ? {} : JSON.parse(text)) as Json;
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${String(answer.code)}`);
    if (typeof answer.csrfToken === 'string') this.csrf = answer.csrfToken;
    return answer as T;
  }

  /** Options and proof of a passkey registration; `headers` may carry a grant. */
  async register(name: string, headers: Record<string, string> = {}): Promise<Json> {
    const options = await this.request('POST', '/passkey/register/options', {}, headers);
    const credential = this.authenticator.register(options as never, { origin: this.origin });
    return this.request('POST', '/passkey/register/verify', { credential: credential as unknown as Json, name });
  }

  async signIn(userName?: string): Promise<Json> {
    const options = await this.request('POST', '/passkey/authenticate/options', userName ? { userName } : {});
    return this.request('POST', '/passkey/authenticate/verify', { credential: this.assert(options) });
  }

  async stepUp(action?: Json): Promise<Json> {
    const options = await this.request('POST', '/auth/step-up/options', action ? { action } : {});
    return this.request('POST', '/auth/step-up/verify', { credential: this.assert(options) });
  }

  private assert(options: Json): Json {
    return this.authenticator.authenticate(options as never, { origin: this.origin }) as unknown as Json;
  }

  private headers(body: Json | undefined): Record<string, string> {
    return {
      origin: this.origin,
      'countersign-client': this.clientId,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(this.csrf ? { 'countersign-csrf': this.csrf } : {}),
      ...(this.cookies.size > 0 ? { cookie: [...this.cookies].map(([key, value]) => `${key}=${value}`).join('; ') } : {}),
    };
  }

  private keep(setCookies: string[]): void {
    for (const line of setCookies) {
      const [pair, ...attributes] = line.split('; ');
      const [name, value] = pair!.split(/=(.*)/s) as [string, string];
      if (value === '' || attributes.some((each) => /^max-age=0$/i.test(each))) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
  }
}
