import { readLeaf } from '@countersign/contracts';
import type { Database, Queryable } from '@countersign/database';
import {
  ConsumerPosition,
  sortPoison,
  sparing,
  type EventBus,
  type Messages,
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
  async take(tx: Queryable, { topic, messages }: Messages): Promise<void> {
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
          sparing((apply) =>
            database.transaction(async (tx) => {
              await position.advance(tx, batch);
              const left = await apply(tx, batch.messages, (messages) => this.take(tx, { topic, messages }));
              if (left.length > 0) log.error('erasure.unreadable', { topic, count: left.length });
            }),
          ),
        onError: (error) => log.warn('erasure.confirmations_delayed', { topic, error }),
      });
    });
  }
}
