import { setTimeout as sleep } from 'node:timers/promises';
import { HttpProblem, type Json } from '@countersign/standalone';
import type { Bank } from './bank.js';
import type { HostProcess } from './host-process.js';
import { codeOf } from './race.js';

export type { Json };

export interface Answer {
  status: number;
  headers: Headers;
  /** Empty when there was none. */
  body: Json;
}

export interface Call {
  headers?: Record<string, string>;
  json?: unknown;
  form?: Record<string, string>;
}

/** One request to the first gateway, below `/v1`; answers whatever the status is. */
export async function call(
  host: Pick<HostProcess, 'urls'>,
  method: string,
  path: string,
  { headers = {}, json, form }: Call = {},
): Promise<Answer> {
  const body = form ? new URLSearchParams(form).toString() : json === undefined ? undefined : JSON.stringify(json);
  const type = form ? 'application/x-www-form-urlencoded' : 'application/json';
  const response = await fetch(`${host.urls[0]}/v1${path}`, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': type }), ...headers },
    body: body ?? null,
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === '' ? {} : (JSON.parse(text) as Json) };
}

/** The refusal a call of a browser ends with. @throws Error when it succeeds */
export async function refusal(refused: Promise<unknown>): Promise<HttpProblem> {
  try {
    await refused;
  } catch (error) {
    if (error instanceof HttpProblem) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

/** The code a call of a browser or a server is refused with. @throws Error when it succeeds */
export async function refusedWith(refused: Promise<unknown>): Promise<string> {
  try {
    await refused;
  } catch (error) {
    return codeOf(error);
  }
  throw new Error('it was not refused');
}

/** Looks every 50 ms until there is something. @throws Error naming what did not come within 30 s */
export async function eventually<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  for (const end = Date.now() + 30_000; ; await sleep(50)) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error(`${what} did not come within 30 s`);
  }
}

/** Newest event of a bank that fits, as its own server reads it. */
export const recorded = (
  bank: Bank,
  query: { type?: string; about?: string; outcome?: string },
  fits: (event: Json) => boolean = () => true,
): Promise<Json> =>
  eventually(`the event ${JSON.stringify(query)}`, async () => {
    const { events } = await bank.sdk.events({ ...query, limit: 50 });
    return events.map(({ event }) => event).find(fits);
  });

/** An access token of the bank's server. */
export async function serverToken(host: HostProcess, { server }: Bank, scope?: string): Promise<string> {
  const form = {
    grant_type: 'client_credentials',
    client_id: server.clientId,
    client_secret: server.secret,
    ...(scope ? { scope } : {}),
  };
  const { body } = await call(host, 'POST', '/oauth/token', { form, headers: named(server.clientId) });
  return String(body.access_token);
}

export const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });

/** Names the application, as every call without a token does. */
export const named = (clientId: string): Record<string, string> => ({ 'countersign-client': clientId });
