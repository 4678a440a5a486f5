import { canonicalBytes, uuidv7 } from '@countersign/kernel';
import { EVENT_TYPES, type EventType } from './event-types.js';
import { Event } from './generated/countersign/events/v1/events.js';
import type { ServiceName } from './topology.js';

/** What a source says about one event; the rest of the leaf follows from it. */
export interface EventFields {
  source: ServiceName;
  type: EventType;
  /** UUID. */
  tenant: string;
  outcome: 'success' | 'refused';
  request: string;
  /** Pseudonym of the subject. */
  subject?: string;
  code?: string;
  clause?: string;
  cause?: string;
  client?: string;
  credential?: string;
  session?: string;
  policy?: number;
  risk?: { score: number; level: string; action: string; reasons: string[] };
  amr?: string[];
  acr?: string;
  personal?: { commitment: string; keyId: string };
  facts?: Record<string, string>;
}

/** A leaf as the outbox stores it: `leaf` is what the bus carries and what the log keeps. */
export interface Leaf {
  eventId: string;
  tenant: string;
  type: EventType;
  leaf: Uint8Array<ArrayBuffer>;
}

/** 16 KiB: a leaf beyond it is a mistake of its source, refused before it is stored. */
export const MAX_LEAF_BYTES = 16 * 1024;

/**
 * Writes leaf v1: the canonical JSON (RFC 8785) of the event's protobuf JSON mapping; docs/protocols/leaf-v1.md.
 * `id` and `at` are given only to reproduce the golden leaves.
 */
export function makeLeaf(fields: EventFields, at: Date = new Date(), id: string = uuidv7(at.getTime())): Leaf {
  if (!(EVENT_TYPES[fields.type] as readonly string[]).includes(fields.source)) {
    throw new TypeError(`${fields.source} does not write ${fields.type}`);
  }
  const { personal, ...rest } = fields;
  const event = Event.fromPartial({
    ...rest,
    v: 1,
    specversion: '1.0',
    id,
    time: at.toISOString(),
    personal: personal ? { c: personal.commitment, k: personal.keyId } : undefined,
  });
  const leaf = canonicalBytes(Event.toJSON(event));
  if (leaf.length > MAX_LEAF_BYTES) throw new RangeError(`leaf of ${fields.type} is ${leaf.length} bytes`);
  return { eventId: id, tenant: fields.tenant, type: fields.type, leaf };
}

/** What is not leaf v1. The message names the rule; nothing of the bytes is in it. */
export class NotALeaf extends Error {
  override readonly name = 'NotALeaf';
}

/**
 * Reads a leaf back. One event has one form: what is accepted encodes to exactly the bytes that were read, so nothing can
 * be said twice, left out or hidden without the digest showing it.
 *
 * @throws NotALeaf for anything else, whatever the bytes
 */
export function readLeaf(leaf: Uint8Array): Event {
  if (leaf.length > MAX_LEAF_BYTES) throw new NotALeaf('longer than 16 KiB');
  const event = understand(leaf, (text) => Event.fromJSON(JSON.parse(text)));
  if (event.v !== 1) throw new NotALeaf('not version 1');
  if (![event.policy, event.risk?.score ?? 0].every(isUint32)) throw new NotALeaf('a number is no uint32');
  const canonical = understand(leaf, () => canonicalBytes(Event.toJSON(event)));
  if (!Buffer.from(canonical).equals(leaf)) throw new NotALeaf('not in canonical form');
  return event;
}

function understand<T>(leaf: Uint8Array, read: (text: string) => T): T {
  try {
    return read(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(leaf));
  } catch {
    throw new NotALeaf('not the JSON of an event');
  }
}

const isUint32 = (value: number): boolean => Number.isInteger(value) && value >= 0 && value <= 0xffffffff;
