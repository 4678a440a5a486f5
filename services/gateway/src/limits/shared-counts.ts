import type { RateWindows } from '../domain/rate-windows.js';
import type { DailySalt } from './daily-salt.js';

/** Counts as the replicas share them, under keyed hashes. */
export interface CountStore {
  /** Adds, and answers with everybody's totals, in any order. */
  add(counts: HashedCount[]): Promise<Total[]>;
  /** Drops windows that are over. */
  forget(): Promise<void>;
}

export interface Total {
  /** Hex. */
  hash: string;
  window: number;
  count: number;
}

export interface HashedCount extends Total {
  seconds: number;
}

/** One exchange with the other replicas: tells what was counted here, learns what was counted everywhere. */
export async function shareCounts(windows: RateWindows, store: CountStore, salt: DailySalt): Promise<void> {
  const uncounted = windows.takeUncounted(Date.now());
  if (uncounted.length === 0) return;
  const keys = new Map<string, string>();
  const hashed = uncounted.map(({ key, ...count }) => {
    const hash = salt.hash(key);
    keys.set(hash, key);
    return { ...count, hash };
  });
  for (const { hash, window, count } of await store.add(hashed)) windows.learn(keys.get(hash)!, window, count);
}
