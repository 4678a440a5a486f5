import { CountersignProblem, problemOf } from './problem.js';

const DEFAULT_TIMEOUT_MS = 10_000;

export interface HttpRequest {
  method: 'GET' | 'POST';
  url: URL;
  headers: Record<string, string>;
  body?: string | undefined;
  timeoutMs?: number | undefined;
}

/** One request. @returns the parsed answer @throws CountersignProblem */
export async function send<T>(request: HttpRequest): Promise<T> {
  const response = await reach(request);
  if (!response.ok) throw await problemOf(response);
  return (await response.json()) as T;
}

async function reach({ url, method, headers, body, timeoutMs = DEFAULT_TIMEOUT_MS }: HttpRequest): Promise<Response> {
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    return await fetch(url, { method, headers, body: body ?? null, redirect: 'error', signal });
  } catch (error) {
    throw new CountersignProblem('network_failed', 'The platform could not be reached.', 0, {}, false, {
      cause: error,
    });
  }
}
