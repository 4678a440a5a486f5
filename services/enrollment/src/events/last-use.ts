import { readLeaf } from '@countersign/contracts';
import type { Database, Queryable } from '@countersign/database';
import {
  ConsumerPosition,
  sortPoison,
  sparing,
  type DeliveredMessage,
  type EventBus,
  type MessageBatch,
  type Subscription,
} from '@countersign/event-bus';
import { isUuid } from '@countersign/kernel';
import type { Logger } from '@countersign/platform';
import type { Confirmations } from './confirmations.js';

const LEARN = { name: 'learn_last_use', text: 'select learn_last_use($1, $2, $3)' };
const TOPIC = 'session';

/** A credential that opened a session. */
interface Use {
  tenant: string;
  credential: string;
  at: Date;
}

/**
 * Learns from session's events when a credential was last used, in batches and in the transaction of its own position:
 * no sign-in waits for it, and none writes a row for it. Session's confirmations of erasures come the same way.
 */
export function learnLastUse(
  bus: EventBus,
  database: Database,
  log: Logger,
  confirmations: Confirmations,
): Subscription {
  const position = new ConsumerPosition('enrollment', TOPIC);
  return bus.subscribe({
    ...position.following(database),
    handle: (batch) => take(batch, position, database, log, confirmations),
    onError: (error) => log.warn('last_use.delayed', { topic: TOPIC, error }),
  });
}

async function take(
  batch: MessageBatch,
  position: ConsumerPosition,
  database: Database,
  log: Logger,
  confirmations: Confirmations,
): Promise<void> {
  const { topic } = batch;
  await sparing((apply) =>
    database.transaction(async (tx) => {
      await position.advance(tx, batch);
      const left = await apply(tx, batch.messages, async (messages) => {
        await confirmations.take(tx, { topic, messages });
        await learn(tx, messages, log);
      });
      if (left.length > 0) log.error('last_use.unreadable', { topic, count: left.length });
    }),
  );
}

async function learn(tx: Queryable, messages: readonly DeliveredMessage[], log: Logger): Promise<void> {
  const { good, poison } = sortPoison(messages, ({ type, leaf }) => useIn(type, leaf));
  for (const { message, reason } of poison) log.error('last_use.unreadable', { eventId: message.eventId, reason });
  const uses = good.flatMap(({ value }) => value ?? []);
  if (uses.length === 0) return;
  await tx.query(LEARN, [uses.map((use) => use.tenant), uses.map((use) => use.credential), uses.map((use) => use.at)]);
}

function useIn(type: string, leaf: Uint8Array): Use | undefined {
  if (type !== 'session.established' && type !== 'session.elevated') return undefined;
  const { tenant, credential, time } = readLeaf(leaf);
  return isUuid(credential) ? { tenant, credential, at: new Date(time) } : undefined;
}
