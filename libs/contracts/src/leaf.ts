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

/** Reads a leaf back; throws on what is not leaf v1 in canonical form. */
export function readLeaf(leaf: Uint8Array): Event {
  const text = new TextDecoder('utf-8', { fatal: true }).decode(leaf);
  const event = Event.fromJSON(JSON.parse(text));
  if (event.v !== 1) throw new TypeError('not leaf v1');
  if (!Buffer.from(canonicalBytes(Event.toJSON(event))).equals(leaf)) throw new TypeError('leaf is not canonical');
  return event;
}
