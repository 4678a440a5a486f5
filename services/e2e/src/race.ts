import { CountersignProblem } from '@countersign/sdk-node';
import { HttpProblem } from '@countersign/standalone';
import type { HostProcess } from './host-process.js';

/** So many race for one secret, half of them at each of two gateways. */
export const PARALLEL = 64;

/** How often a race is run or a process killed: `ROUNDS`, else twice. */
export const ROUNDS = Number(process.env.ROUNDS ?? 2);

export interface Race<T> {
  won: T[];
  /** Codes of the refusals. */
  lost: string[];
}

/**
 * Runs attempts at the same time, each at the next gateway.
 * @throws what an attempt failed with, when it was not refused
 */
export async function race<T>(
  host: HostProcess,
  attempt: (api: string, index: number) => Promise<T>,
  parallel = PARALLEL,
): Promise<Race<T>> {
  const attempts = Array.from({ length: parallel }, (_, n) => attempt(host.urls[n % host.urls.length]!, n));
  const results = await Promise.allSettled(attempts);
  return {
    won: results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])),
    lost: results.flatMap((result) => (result.status === 'rejected' ? [codeOf(result.reason)] : [])),
  };
}

/** The code of a refusal. @throws the error itself when it is none */
export function codeOf(error: unknown): string {
  if (error instanceof HttpProblem || error instanceof CountersignProblem) return error.code;
  throw error;
}

/** One round after the other. */
export async function everyRound(round: (index: number) => Promise<void>, rounds = ROUNDS): Promise<void> {
  for (let index = 0; index < rounds; index++) await round(index);
}
