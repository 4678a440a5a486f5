import { isUuid } from '@countersign/kernel';
import type { Lesson } from '../ports.js';

/** The part of leaf v1 that risk reads. */
export interface ReadEvent {
  id: string;
  type: string;
  /** RFC 3339. */
  time: string;
  tenant: string;
  subject: string;
  code: string;
  credential: string;
  facts: Readonly<Record<string, string>>;
}

/**
 * What an event teaches, if anything. An event without a subject teaches nothing: whoever failed is nobody we know.
 * Refusals by risk itself are not failures, or one block would become the reason for the next; nor is what no key of the
 * person signed, or a stranger could raise anybody's score (R30).
 */
export function lessonOf(event: ReadEvent): Lesson | undefined {
  const { id: eventId, tenant, subject, type } = event;
  if (subject === '') return undefined;
  const lesson: Lesson = { eventId, tenant, subject, at: new Date(event.time) };
  if (type === 'session.established') return { ...lesson, kind: 'sign-in', ...seen(event) };
  if (type === 'credential.enrolled') return { ...lesson, ...seen(event) };
  if (type === 'authentication.refused' && isFailure(event)) return { ...lesson, kind: 'refused' };
  return undefined;
}

const isFailure = ({ code, facts }: ReadEvent): boolean => !code.startsWith('risk_') && facts['signed'] !== 'false';

const seen = ({ credential, facts }: ReadEvent): Pick<Lesson, 'credential' | 'platform'> =>
  isUuid(credential) && facts['platform'] ? { credential, platform: facts['platform'] } : {};
