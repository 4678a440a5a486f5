import { readLeaf } from '@countersign/contracts';
import type { Database, Queryable } from '@countersign/database';
import {
  ConsumerPosition,
  sortPoison,
  type EventBus,
  type MessageBatch,
  type Subscription,
} from '@countersign/event-bus';
import type { Logger } from '@countersign/platform';
import type { ErasureStore } from '../store/erasure-store.js';

/** Beside session's events, which are read for another reason as well. */
const TOPICS = ['audit', 'risk'] as const;

/** Takes down which services have confirmed an erasure; the topic is the service, and only it can write there. */
export class Confirmations {
  constructor(private readonly erasures: ErasureStore) {}

  /** In the transaction of the consumer's position. */
  async take(tx: Queryable, { topic, messages }: MessageBatch): Promise<void> {
    const told = messages.filter(({ type }) => type === 'erasure.confirmed');
    const confirmed = sortPoison(told, ({ leaf }) => readLeaf(leaf)).good.map(({ value }) => value);
    if (confirmed.length > 0) await this.erasures.confirm(tx, topic, confirmed);
  }

  follow(bus: EventBus, database: Database, log: Logger): Subscription[] {
    return TOPICS.map((topic) => {
      const position = new ConsumerPosition('enrollment', topic);
      return bus.subscribe({
        ...position.following(database),
        handle: (batch) =>
          database.transaction(async (tx) => {
            await position.advance(tx, batch);
            await this.take(tx, batch);
          }),
        onError: (error) => log.warn('erasure.confirmations_delayed', { topic, error }),
      });
    });
  }
}
