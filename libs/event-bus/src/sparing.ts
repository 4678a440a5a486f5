import type { Queryable } from '@countersign/database';
import type { DeliveredMessage } from './port.js';

/**
 * A value of an event that no table can hold: a text with U+0000, an instant that is none, an id outside of every partition, more
 * than an index takes (PostgreSQL documentation, Appendix A: classes 22 and 54, check_violation).
 */
const isOfTheEvent = (error: unknown): boolean =>
  /^(22|54|23514)/.test(String((error as { code?: unknown } | undefined)?.code ?? ''));

const SAVE = { name: '', text: 'savepoint event' };
const BACK = { name: '', text: 'rollback to savepoint event' };

/** An event whose effects the database refused for what it says. */
export interface Spared {
  message: DeliveredMessage;
  /** SQLSTATE. */
  code: string;
}

/** Applies effects of messages in a transaction. @returns those that were left out */
export type Apply = (
  tx: Queryable,
  messages: readonly DeliveredMessage[],
  work: (messages: readonly DeliveredMessage[]) => Promise<void>,
) => Promise<Spared[]>;

const together: Apply = async (_, messages, work) => {
  if (messages.length > 0) await work(messages);
  return [];
};

const apart: Apply = async (tx, messages, work) => {
  const spared: Spared[] = [];
  for (const message of messages) {
    await tx.query(SAVE);
    try {
      await work([message]);
    } catch (error) {
      if (!isOfTheEvent(error)) throw error;
      await tx.query(BACK);
      spared.push({ message, code: (error as { code: string }).code });
    }
  }
  return spared;
};

/**
 * Handles messages as a whole; where the database refuses a value of some event, once more event by event, so that one of them
 * does not hold up those behind it for ever. Every other failure is thrown, and the batch tried again.
 *
 * @param handle one transaction; does with `apply` what follows from what events say
 */
export async function sparing<T>(handle: (apply: Apply) => Promise<T>): Promise<T> {
  try {
    return await handle(together);
  } catch (error) {
    if (!isOfTheEvent(error)) throw error;
    return handle(apart);
  }
}
