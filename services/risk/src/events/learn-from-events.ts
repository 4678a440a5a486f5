import { readLeaf } from '@countersign/contracts';
import type { Database } from '@countersign/database';
import {
  ConsumerPosition,
  sortPoison,
  type EventBus,
  type MessageBatch,
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
      handle: async (batch) => {
        const lessons = lessonsIn(batch, log);
        await database.transaction(async (tx) => {
          await history.learn(tx, lessons);
          await erasing.hear(tx, batch);
          await position.advance(tx, batch);
        });
      },
      onError: (error) => log.warn('risk.batch_failed', { topic, error }),
    });
  });
}

/** What cannot be read teaches nothing; the log that keeps the events puts it in quarantine, and there it is looked at. */
function lessonsIn({ topic, messages }: MessageBatch, log: Logger): Lesson[] {
  const { good, poison } = sortPoison(messages, ({ leaf }) => lessonOf(readLeaf(leaf)));
  if (poison.length > 0) log.error('risk.unreadable', { topic, count: poison.length });
  return good.map(({ value }) => value).filter((lesson) => lesson !== undefined);
}
