import type { DpopKey } from './dpop-key.js';
import { CountersignProblem, problemOf } from './problem.js';

const DEFAULT_TIMEOUT_MS = 10_000;

export interface HttpRequest {
  method: 'GET' | 'POST' | 'DELETE';
  url: URL;
  headers: Record<string, string>;
  body?: string | undefined;
  /** Access token of the server itself; absent where one is asked for. */
  token?: string | undefined;
  /** The key that tokens are bound to: then every request proves it. */
  key?: DpopKey | undefined;
  timeoutMs?: number | undefined;
}

/**
 * One request; one more where the platform asks for another nonce in the proof (RFC 9449 §8), since nothing was carried out.
 * @returns the parsed answer @throws CountersignProblem
 */
export async function send<T>(request: HttpRequest): Promise<T> {
  try {
    return await once<T>(request);
  } catch (error) {
    if (!request.key || !(error instanceof CountersignProblem) || error.code !== 'dpop_nonce_required') throw error;
  }
  return once<T>(request);
}

async function once<T>(request: HttpRequest): Promise<T> {
  const response = await reach(request);
  request.key?.learn(response);
  if (!response.ok) throw await problemOf(response);
  return (await response.json()) as T;
}

async function reach(request: HttpRequest): Promise<Response> {
  const { url, method, body, timeoutMs = DEFAULT_TIMEOUT_MS } = request;
  const headers = { ...request.headers, ...(await credentialsOf(request)) };
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    return await fetch(url, { method, headers, body: body ?? null, redirect: 'error', signal });
  } catch (error) {
    throw new CountersignProblem('network_failed', 'The platform could not be reached.', 0, {}, false, {
      cause: error,
    });
  }
}

async function credentialsOf({ method, url, token, key }: HttpRequest): Promise<Record<string, string>> {
  return {
    ...(token !== undefined && { Authorization: `${key ? 'DPoP' : 'Bearer'} ${token}` }),
    ...(key && { DPoP: await key.proof({ method, url, token }) }),
  };
}
