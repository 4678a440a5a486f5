import { setTimeout as sleep } from 'node:timers/promises';

/** How long a busy machine may take for what is a matter of a second. */
const LIMIT_MS = 30_000;
const [FIRST_PAUSE_MS, LONGEST_PAUSE_MS] = [50, 1_000];

/**
 * Recording follows a change within a second or so; the log is asked until it has it. Seldomer and seldomer, so that the
 * limits of a tenant are not used up by asking.
 */
export async function untilTrue(problem: string, ask: () => Promise<boolean>, limitMs = LIMIT_MS): Promise<void> {
  const end = Date.now() + limitMs;
  for (let pause = FIRST_PAUSE_MS; !(await ask()); pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    if (Date.now() > end) throw new Error(`${problem} within ${limitMs / 1000} s`);
    await sleep(pause);
  }
}
