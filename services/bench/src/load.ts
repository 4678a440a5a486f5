import { Agent, request } from 'node:http';
import type { SoftAuthenticator } from '@countersign/testing';

/** One enrolled customer of the load. */
export interface Customer {
  authenticator: SoftAuthenticator;
  userName: string;
}

export interface LoadResult {
  signIns: number;
  errors: number;
  seconds: number;
  /** Milliseconds of each sign-in, options to reply, sorted. */
  latencies: number[];
}

/** A small HTTP client: the load shares a core with the database, so it must cost little itself. */
export class Client {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 256 });
  private readonly headers: Record<string, string>;

  constructor(
    private readonly port: number,
    clientId: string,
    readonly origin: string,
  ) {
    this.headers = { 'content-type': 'application/json', 'countersign-client': clientId, origin };
  }

  post<T>(
    path: string,
    body: unknown,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; body: T; cookies: string[] }> {
    const payload = JSON.stringify(body);
    const options = { host: '127.0.0.1', port: this.port, path: `/v1${path}`, method: 'POST', agent: this.agent };
    return new Promise((resolve, reject) => {
      const sent = request(
        { ...options, headers: { ...this.headers, 'content-length': Buffer.byteLength(payload), ...headers } },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () => {
            const text = Buffer.concat(chunks).toString();
            const cookies = response.headers['set-cookie'] ?? [];
            resolve({ status: response.statusCode!, body: (text === '' ? {} : JSON.parse(text)) as T, cookies });
          });
        },
      );
      sent.once('error', reject);
      sent.end(payload);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}

/** One full sign-in with a user name: options, software authenticator, verify. @returns whether it succeeded */
export async function signIn(client: Client, { authenticator, userName }: Customer): Promise<boolean> {
  const options = await client.post<object>('/passkey/authenticate/options', { userName });
  if (options.status !== 200) return false;
  const credential = authenticator.authenticate(options.body as never, { origin: client.origin });
  return (await client.post('/passkey/authenticate/verify', { credential })).status === 200;
}

/** Closed load: `parallel` customers at a time, each signing in as soon as the one before is done. */
export async function closedLoad(
  client: Client,
  customers: readonly Customer[],
  parallel: number,
  seconds: number,
): Promise<LoadResult> {
  const result: LoadResult = { signIns: 0, errors: 0, seconds: 0, latencies: [] };
  const began = performance.now();
  const end = began + seconds * 1000;
  let next = 0;
  const worker = async (): Promise<void> => {
    while (performance.now() < end) await timed(client, customers[next++ % customers.length]!, result);
  };
  await Promise.all(Array.from({ length: parallel }, worker));
  return finished(result, began);
}

/** Open load: sign-ins start at a fixed rate, whether or not the ones before are done. */
export async function openLoad(
  client: Client,
  customers: readonly Customer[],
  perSecond: number,
  seconds: number,
): Promise<LoadResult> {
  const result: LoadResult = { signIns: 0, errors: 0, seconds: 0, latencies: [] };
  const began = performance.now();
  const running: Promise<void>[] = [];
  for (let n = 0; n < perSecond * seconds; n++) {
    const due = began + (n * 1000) / perSecond;
    const wait = due - performance.now();
    if (wait > 1) await new Promise((resolve) => setTimeout(resolve, wait));
    running.push(timed(client, customers[n % customers.length]!, result, due));
  }
  await Promise.all(running);
  return finished(result, began);
}

/** Latency counts from when the sign-in was due, so that a server that falls behind cannot hide it. */
async function timed(client: Client, customer: Customer, result: LoadResult, due = performance.now()): Promise<void> {
  const ok = await signIn(client, customer).catch(() => false);
  if (ok) {
    result.signIns += 1;
    result.latencies.push(performance.now() - due);
  } else result.errors += 1;
}

function finished(result: LoadResult, began: number): LoadResult {
  result.seconds = (performance.now() - began) / 1000;
  result.latencies.sort((a, b) => a - b);
  return result;
}

export const percentile = (sorted: readonly number[], p: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * p) / 100))] ?? NaN;
