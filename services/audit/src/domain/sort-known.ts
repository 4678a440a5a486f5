import type { ReadEvent } from './read-event.js';

/** What the log has already under an event id. */
export interface Known {
  eventId: string;
  tenant: string;
  /** SHA-256 of the leaf there, hex. */
  digest: string;
}

export interface SortedEvents {
  /** New, in the order of arrival, each id once. */
  fresh: ReadEvent[];
  /** The id is taken by other bytes: never silently ignored. */
  conflicting: ReadEvent[];
}

/** Tells new events from repetitions, which are dropped, and from other bytes under a known id, which are not. */
export function sortKnown(events: readonly ReadEvent[], known: readonly Known[]): SortedEvents {
  const seen = new Map(known.map((each) => [each.eventId, each]));
  const sorted: SortedEvents = { fresh: [], conflicting: [] };
  for (const event of events) {
    const before = seen.get(event.eventId);
    if (!before) {
      seen.set(event.eventId, event);
      sorted.fresh.push(event);
    } else if (before.digest !== event.digest || before.tenant !== event.tenant) {
      sorted.conflicting.push(event);
    }
  }
  return sorted;
}

/** Name of the log an instant belongs to: one per half-year, e.g. `2026h2`; names sort by time. */
export const logOf = (at: Date): string => `${at.getUTCFullYear()}h${at.getUTCMonth() < 6 ? 1 : 2}`;
