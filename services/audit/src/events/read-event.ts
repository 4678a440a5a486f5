import { createHash } from 'node:crypto';
import { EVENT_TYPES, NotALeaf, readLeaf, type EventType } from '@countersign/contracts';
import type { ReadEvent } from '../domain/read-event.js';

/** What the bus delivered: the bytes, and what stands beside them. */
export interface Delivered {
  eventId: string;
  tenant: string;
  type: string;
  leaf: Uint8Array;
  sealed?: Uint8Array;
  /** The driver's code for what it could not read. */
  unreadable?: string;
}

/** A message that cannot be logged as what it says it is; `code` goes into the quarantine. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable';

  constructor(
    readonly code: string,
    /** Which rule, where the code leaves that open. */
    readonly detail = '',
  ) {
    super(code);
  }
}

const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

/**
 * Reads one message of a topic. The topic names the only source that can write it, so a leaf that names another is
 * forged; what stands beside the leaf must agree with it.
 * @throws Unreadable
 */
export function readEvent(topic: string, message: Delivered): ReadEvent {
  if (message.unreadable) throw new Unreadable(message.unreadable);
  const event = parse(message.leaf);
  if (event.source !== topic) throw new Unreadable('source_forged');
  if (event.id !== message.eventId || event.tenant !== message.tenant || event.type !== message.type) {
    throw new Unreadable('envelope_differs');
  }
  if (!writers(event.type).includes(topic)) throw new Unreadable('type_not_of_source');
  if (!TIME.test(event.time)) throw new Unreadable('time_invalid');
  const { source, type, time, outcome, subject, credential, session, request } = event;
  return {
    ...{ eventId: event.id, tenant: event.tenant, source, type, time, outcome, subject, credential, session, request },
    leaf: message.leaf,
    digest: createHash('sha256').update(message.leaf).digest('hex'),
    sealed: message.sealed,
  };
}

function parse(leaf: Uint8Array): ReturnType<typeof readLeaf> {
  try {
    return readLeaf(leaf);
  } catch (error) {
    throw new Unreadable('not_leaf_v1', error instanceof NotALeaf ? error.message : '');
  }
}

const writers = (type: string): readonly string[] =>
  Object.hasOwn(EVENT_TYPES, type) ? EVENT_TYPES[type as EventType] : [];
