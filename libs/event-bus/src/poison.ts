import type { DeliveredMessage } from './port.js';

/** Events of a batch, in their order: those that were read, and those that nobody can read. */
export interface Sorted<T> {
  good: { message: DeliveredMessage; value: T }[];
  /** For the consumer's quarantine; neither reason nor detail holds content of the event. */
  poison: { message: DeliveredMessage; reason: string; detail?: string }[];
}

/**
 * Reads each event with a pure function and sets aside those it throws on, so that one unreadable event does not hold
 * up the rest. Only reading belongs here: a database that fails is no fault of the event, and must be tried again.
 */
export function sortPoison<T>(
  messages: readonly DeliveredMessage[],
  read: (message: DeliveredMessage) => T,
): Sorted<T> {
  const sorted: Sorted<T> = { good: [], poison: [] };
  for (const message of messages) {
    try {
      sorted.good.push({ message, value: read(message) });
    } catch (error) {
      const { code, name, detail } = error as { code?: string; name: string; detail?: string };
      sorted.poison.push({ message, reason: code ?? name, ...(detail && { detail }) });
    }
  }
  return sorted;
}
