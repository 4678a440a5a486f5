export interface LoadResult {
  signIns: number;
  errors: number;
  seconds: number;
  /** Milliseconds of each sign-in, options to reply, sorted. */
  latencies: number[];
}

/** One full sign-in of customer number `n`, counted on for ever. @returns whether it succeeded */
export type SignIn = (n: number) => Promise<boolean>;

/** Closed load: `parallel` customers at a time, each signing in as soon as the one before is done. */
export async function closedLoad(signIn: SignIn, parallel: number, seconds: number): Promise<LoadResult> {
  const result: LoadResult = { signIns: 0, errors: 0, seconds: 0, latencies: [] };
  const began = performance.now();
  const end = began + seconds * 1000;
  let next = 0;
  const worker = async (): Promise<void> => {
    while (performance.now() < end) await timed(signIn, next++, result);
  };
  await Promise.all(Array.from({ length: parallel }, worker));
  return finished(result, began);
}

/** Open load: sign-ins start at a fixed rate, whether or not the ones before are done. */
export async function openLoad(signIn: SignIn, perSecond: number, seconds: number): Promise<LoadResult> {
  const result: LoadResult = { signIns: 0, errors: 0, seconds: 0, latencies: [] };
  const began = performance.now();
  const running: Promise<void>[] = [];
  for (let n = 0; n < perSecond * seconds; n++) {
    const due = began + (n * 1000) / perSecond;
    const wait = due - performance.now();
    if (wait > 1) await new Promise((resolve) => setTimeout(resolve, wait));
    running.push(timed(signIn, n, result, due));
  }
  await Promise.all(running);
  return finished(result, began);
}

/** Latency counts from when the sign-in was due, so that a server that falls behind cannot hide it. */
async function timed(signIn: SignIn, n: number, result: LoadResult, due = performance.now()): Promise<void> {
  const ok = await signIn(n).catch(() => false);
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
