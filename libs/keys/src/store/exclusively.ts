import type { Exclusively } from './key-engine.js';

/** Guards against this process alone: for one process per store, and for tests. */
export function exclusivelyHere(): Exclusively {
  const tails = new Map<string, Promise<unknown>>();
  return async (name, work) => {
    const before = tails.get(name) ?? Promise.resolve();
    const mine = before.then(work, work);
    tails.set(name, mine);
    try {
      return await mine;
    } finally {
      if (tails.get(name) === mine) tails.delete(name);
    }
  };
}
