import { setTimeout as sleep } from 'node:timers/promises';

/** How long an end waits for brokers: what they would be told they notice by themselves. */
export const LEAVE_MS = 5_000;

/** Waits for work, whatever becomes of it, and not for ever: what is left goes on by itself. */
export async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  const over = new AbortController();
  const late = sleep(ms, undefined, { signal: over.signal }).catch(() => undefined);
  await Promise.race([work.catch(() => undefined), late]);
  over.abort();
}
