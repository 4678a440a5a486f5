import { readLeaf } from '@countersign/contracts';
import type { Database } from '@countersign/database';
import {
  ConsumerPosition,
  sortPoison,
  sparing,
  type EventBus,
  type Messages,
  type Subscription,
} from '@countersign/event-bus';
import type { Logger } from '@countersign/platform';
import type { Erasing } from '@countersign/service-base';
import { lessonOf } from '../domain/lesson.js';
import type { Lesson } from '../ports.js';
import type { History } from '../store/history.js';

/** The sources that write what risk learns from: established sessions, refused authentications, enrolled credentials. */
export const TOPICS = ['session', 'verification', 'enrollment'] as const;

/** Follows the topics; lessons and position of a batch commit together, so that nothing is counted twice or missed. */
export function learnFromEvents(
  bus: EventBus,
  database: Database,
  history: History,
  erasing: Erasing,
  log: Logger,
): Subscription[] {
  return TOPICS.map((topic) => {
    const position = new ConsumerPosition('risk', topic);
    return bus.subscribe({
      ...position.following(database),
      handle: (batch) =>
        sparing((apply) =>
          database.transaction(async (tx) => {
            const left = await apply(tx, batch.messages, async (messages) => {
              await history.learn(tx, lessonsIn({ topic, messages }, log));
              await erasing.hear(tx, { topic, messages });
            });
            if (left.length > 0) log.error('risk.unreadable', { topic, count: left.length });
            await position.advance(tx, batch);
          }),
        ),
      onError: (error) => log.warn('risk.batch_failed', { topic, error }),
    });
  });
}

/** What cannot be read teaches nothing; the log that keeps the events puts it in quarantine, and there it is looked at. */
function lessonsIn({ topic, messages }: Messages, log: Logger): Lesson[] {
  const { good, poison } = sortPoison(messages, ({ leaf }) => lessonOf(readLeaf(leaf)));
  if (poison.length > 0) log.error('risk.unreadable', { topic, count: poison.length });
  return good.map(({ value }) => value).filter((lesson) => lesson !== undefined);
}
