/** One limit as a request meets it: `most` requests of one kind in each window of `seconds`. */
export interface Limit {
  /** What is counted, e.g. `address 203.0.113.7`. */
  key: string;
  most: number;
  seconds: number;
}

/** Requests counted here that the other replicas do not know of yet. */
export interface Uncounted {
  key: string;
  /** Number of the window since 1970. */
  window: number;
  seconds: number;
  count: number;
}

interface Held {
  window: number;
  seconds: number;
  /** As last told by all replicas, plus what was counted here since. */
  total: number;
  unsent: number;
}

/** Keys kept at most; the oldest go first, so a flood of addresses costs memory only up to here. */
const MAX_KEYS = 100_000;

/**
 * Fixed windows in memory. Replicas tell each other their counts about once a second through `takeUncounted` and
 * `learn`, so no request waits for a count and none writes one; in between, replicas may together admit a little more.
 */
export class RateWindows {
  private readonly held = new Map<string, Held>();

  /** Counts one request. @returns 0 when it is admitted, otherwise seconds until the window ends; a refused one is not counted */
  take(limit: Limit, nowMs: number): number {
    const wait = this.wait(limit, nowMs);
    if (wait > 0) return wait;
    const held = this.current(limit, nowMs);
    held.total += 1;
    held.unsent += 1;
    return 0;
  }

  /** As `take`, without counting. */
  wait({ key, most, seconds }: Limit, nowMs: number): number {
    const held = this.held.get(key);
    const window = windowAt(seconds, nowMs);
    if (!held || held.window !== window || held.total < most) return 0;
    return Math.max(1, Math.ceil(((window + 1) * seconds * 1000 - nowMs) / 1000));
  }

  /** What the store has not been told, and forgets windows that are over. */
  takeUncounted(nowMs: number): Uncounted[] {
    const uncounted: Uncounted[] = [];
    for (const [key, held] of this.held) {
      const { window, seconds, unsent } = held;
      if (window !== windowAt(seconds, nowMs)) this.held.delete(key);
      else if (unsent > 0) uncounted.push({ key, window, seconds, count: unsent });
      held.unsent = 0;
    }
    return uncounted;
  }

  /** What all replicas together counted for a key. */
  learn(key: string, window: number, total: number): void {
    const held = this.held.get(key);
    if (held?.window === window) held.total = total + held.unsent;
  }

  private current({ key, seconds }: Limit, nowMs: number): Held {
    const window = windowAt(seconds, nowMs);
    const held = this.held.get(key);
    if (held?.window === window) return held;
    const fresh = { window, seconds, total: 0, unsent: 0 };
    this.held.delete(key);
    if (this.held.size >= MAX_KEYS) this.held.delete(this.held.keys().next().value!);
    this.held.set(key, fresh);
    return fresh;
  }
}

const windowAt = (seconds: number, nowMs: number): number => Math.floor(nowMs / (seconds * 1000));
