import { SERVICES } from '@countersign/contracts';
import type { Database } from '@countersign/database';
import { ConsumerPosition, type EventBus, type Subscription } from '@countersign/event-bus';
import type { Logger } from '@countersign/platform';
import type { Erasing } from '@countersign/service-base';
import { takeBatch } from '../store/log-writer.js';

/** Follows every source's topic. Each batch is one transaction; a failure is tried again from the stored position. */
export function consumeEvents(bus: EventBus, database: Database, erasing: Erasing, log: Logger): Subscription[] {
  return SERVICES.map((topic) => {
    const position = new ConsumerPosition('audit', topic);
    return bus.subscribe({
      ...position.following(database),
      handle: async (batch) => {
        const { quarantined } = await takeBatch(database, position, batch, (tx, taken) => erasing.hear(tx, taken));
        const { partition, from: offset } = batch;
        if (quarantined > 0) log.error('audit.quarantined', { topic, partition, offset, count: quarantined });
      },
      onError: (error) => log.warn('audit.batch_failed', { topic, error }),
    });
  });
}
