import type { Database } from '@countersign/database';
import { ConsumerPosition, type EventBus, type Subscription } from '@countersign/event-bus';
import type { Logger } from '@countersign/platform';
import { ERASURE_SOURCE, type Erasing } from '@countersign/service-base';

/** Hears of people who are erased; everything else of that topic is passed over. */
export function followErasures(bus: EventBus, database: Database, erasing: Erasing, log: Logger): Subscription {
  const position = new ConsumerPosition('session', ERASURE_SOURCE);
  return bus.subscribe({
    ...position.following(database),
    handle: (batch) =>
      database.transaction(async (tx) => {
        await position.advance(tx, batch);
        await erasing.hear(tx, batch);
      }),
    onError: (error) => log.warn('erasure.delayed', { topic: ERASURE_SOURCE, error }),
  });
}
