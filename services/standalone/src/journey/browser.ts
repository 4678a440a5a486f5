import { SoftAuthenticator } from '@countersign/authenticator';

export type Json = Record<string, unknown>;

/** An answer that was no success; `code` is the problem's. */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem';

  constructor(
    request: string,
    readonly status: number,
    readonly problem: Json,
    readonly headers: Headers,
  ) {
    super(`${request}: ${status} ${String(problem.code)}`);
  }

  get code(): string {
    return String(this.problem.code);
  }
}

/**
 * A customer's browser or app as the API sees one: it keeps cookies or tokens, names its client and origin, and has an
 * authenticator of software. It uses the public API and nothing else.
 */
export class Browser {
  readonly cookies = new Map<string, string>();
  csrf: string | undefined;
  accessToken: string | undefined;
  refreshToken: string | undefined;
  enrollmentToken: string | undefined;

  constructor(
    public api: string,
    readonly clientId: string,
    readonly origin: string,
    readonly authenticator = new SoftAuthenticator(),
  ) {}

  /** @throws HttpProblem when the answer is not 2xx */
  async request<T = Json>(method: string, path: string, body?: Json, headers: Record<string, string> = {}): Promise<T> {
    const response = await fetch(`${this.api}/v1${path}`, {
      method,
      headers: { ...this.headers(body), ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    this.keep(response.headers.getSetCookie());
    const text = await response.text();
    const answer = (text === '' ? {} : JSON.parse(text)) as Json;
    if (!response.ok) throw new HttpProblem(`${method} ${path}`, response.status, answer, response.headers);
    this.remember(answer);
    return answer as T;
  }

  openTicket(ticket: string, pin?: string): Promise<Json> {
    return this.request('POST', '/enrollment-tickets/open', { ticket, ...(pin ? { pin } : {}) });
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

  /** The authenticator's answer to request options. */
  assert(options: Json): Json {
    return this.authenticator.authenticate(options as never, { origin: this.origin }) as unknown as Json;
  }

  private headers(body: Json | undefined): Record<string, string> {
    return {
      origin: this.origin,
      'countersign-client': this.clientId,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(this.csrf ? { 'countersign-csrf': this.csrf } : {}),
      ...(this.accessToken ? { authorization: `Bearer ${this.accessToken}` } : {}),
      ...(this.enrollmentToken ? { 'countersign-enrollment': this.enrollmentToken } : {}),
      ...(this.cookies.size > 0
        ? { cookie: [...this.cookies].map(([key, value]) => `${key}=${value}`).join('; ') }
        : {}),
    };
  }

  private remember(answer: Json): void {
    for (const key of ['accessToken', 'refreshToken', 'enrollmentToken'] as const) {
      if (typeof answer[key] === 'string') this[key] = answer[key];
    }
    if (typeof answer.csrfToken === 'string') this.csrf = answer.csrfToken;
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
