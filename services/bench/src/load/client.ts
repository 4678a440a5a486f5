import { Agent, request } from 'node:http';

export interface Reply<T> {
  status: number;
  body: T;
  /** The `Set-Cookie` headers as they came. */
  cookies: string[];
}

/** A small HTTP client: the load shares a core with the database, so it must cost little itself. */
export class Client {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 256 });

  /**
   * @param prefix in front of every path, e.g. `/v1`
   * @param origin sent with every request, as a browser would
   */
  constructor(
    private readonly port: number,
    private readonly prefix: string,
    readonly origin: string,
  ) {}

  get<T>(path: string, headers: Record<string, string> = {}): Promise<Reply<T>> {
    return this.send('GET', path, headers);
  }

  post<T>(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Reply<T>> {
    const payload = JSON.stringify(body);
    const described = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) };
    return this.send('POST', path, { ...described, ...headers }, payload);
  }

  close(): void {
    this.agent.destroy();
  }

  private send<T>(
    method: string,
    path: string,
    headers: Record<string, string | number>,
    payload?: string,
  ): Promise<Reply<T>> {
    const target = { host: '127.0.0.1', port: this.port, path: this.prefix + path, method, agent: this.agent };
    return new Promise((resolve, reject) => {
      const sent = request({ ...target, headers: { origin: this.origin, ...headers } }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          const cookies = response.headers['set-cookie'] ?? [];
          resolve({ status: response.statusCode!, body: (text === '' ? {} : JSON.parse(text)) as T, cookies });
        });
      });
      sent.once('error', reject);
      sent.end(payload);
    });
  }
}

/** What a browser sends back of `Set-Cookie` headers. */
export const cookieHeader = (cookies: readonly string[]): string =>
  cookies.map((cookie) => cookie.split(';', 1)[0]).join('; ');
