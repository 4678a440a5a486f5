import { refuse } from '@countersign/kernel';

/** Which messages in quarantine; what is left out is not asked for. */
export interface QuarantineChoice {
  topic?: string;
  partition?: number;
  offset?: bigint;
  reason?: string;
}

const REASON = /^[a-z0-9_]{1,40}$/;

/**
 * @param topics there are
 * @throws `request_invalid`
 */
export function readChoice(asked: Partial<QuarantineChoice>, topics: readonly string[]): QuarantineChoice {
  const { topic, partition, offset, reason } = asked;
  if (topic && !topics.includes(topic)) throw invalid('topic', 'not a service');
  const given = [partition, offset].filter((each) => each !== undefined);
  if (given.length > 0 && !(topic && given.length === 2))
    throw invalid('partition', 'a place is a topic, a partition and an offset');
  if (given.some((each) => each < 0)) throw invalid('offset', 'below 0');
  if (reason && !REASON.test(reason)) throw invalid('reason', 'not a code');
  return { topic: topic || undefined, partition, offset, reason: reason || undefined };
}

const invalid = (path: string, message: string): Error => refuse('request_invalid', { errors: [{ path, message }] });
