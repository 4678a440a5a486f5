import type { Database } from '@countersign/database';
import { ConsumerPosition, sparing, type EventBus, type Subscription } from '@countersign/event-bus';
import type { Logger } from '@countersign/platform';
import { ERASURE_SOURCE, type Erasing } from '@countersign/service-base';

/** Hears of people who are erased; everything else of that topic is passed over. */
export function followErasures(bus: EventBus, database: Database, erasing: Erasing, log: Logger): Subscription {
  const position = new ConsumerPosition('session', ERASURE_SOURCE);
  return bus.subscribe({
    ...position.following(database),
    handle: (batch) =>
      sparing((apply) =>
        database.transaction(async (tx) => {
          await position.advance(tx, batch);
          const { topic } = batch;
          const left = await apply(tx, batch.messages, (messages) => erasing.hear(tx, { topic, messages }));
          if (left.length > 0) log.error('erasure.unreadable', { topic, count: left.length });
        }),
      ),
    onError: (error) => log.warn('erasure.delayed', { topic: ERASURE_SOURCE, error }),
  });
}
