/** One event as its source committed it. The bytes of `leaf` are the record; nobody re-encodes them. */
export interface EventMessage {
  /** UUIDv7, unique for ever: a consumer that sees it twice counts it once. */
  eventId: string;
  tenant: string;
  /** As registered in the event contracts, such as `session.established`. */
  type: string;
  /** Canonical JSON (RFC 8785), at most 64 KiB. */
  leaf: Uint8Array;
  /** Sealed personal fields, erasable; never part of the leaf. */
  sealed?: Uint8Array;
}

/** An event at its place in its topic. */
export interface DeliveredMessage extends EventMessage {
  offset: bigint;
  /** When the bus took it, Unix milliseconds, where the driver knows. */
  writtenAt?: number;
  /** A code: the driver found something here and could not read it, e.g. `codec_unknown`. */
  unreadable?: string;
}

/** Events of one topic, in their order. */
export interface Messages {
  topic: string;
  messages: readonly DeliveredMessage[];
}

/** Consecutive events of a partition. A consumer stores `next` where it held `from`, in the transaction of the effects. */
export interface MessageBatch {
  topic: string;
  /** Part of the topic with an order of its own; all events of a tenant are in one. A driver without parts says 0. */
  partition: number;
  /** Which log the offsets count in; `''` where there can be only one. Stored with the position. */
  log: string;
  from: bigint;
  next: bigint;
  messages: DeliveredMessage[];
}

/** Where a consumer stands in a partition. */
export interface StoredPosition {
  /** Offset of the event it has not seen yet; 0 at first. */
  next: bigint;
  /** The log in which it counted, of the batch it stored last. */
  log: string;
  /** Id of the event before `next`; `''` where that is not known. */
  last: string;
  /** Nothing was stored yet, or a person asked for it: the log is read from where it begins now. */
  anew?: boolean;
}

/** Where a consumer stands that never stored anything. */
export const BEGINNING: StoredPosition = { next: 0n, log: '', last: '', anew: true };

/** Where a log begins: what is before it is no longer there. */
export interface LogBeginning {
  next: bigint;
  log: string;
}

/** A reader of one topic: what it has stored, and what it does with events. */
export interface SubscribeOptions {
  /** One topic per source, named after the service; only that source's relay may write it. */
  topic: string;
  /** Name of the reader; two consumers of a topic do not know of each other. */
  consumer: string;
  /** What this consumer stored last of a partition; asked at the start, on assignment, and after every failure. */
  position(partition: number): Promise<StoredPosition>;
  /**
   * Takes a batch: effects and position in one transaction, or neither. Called again with the same events until it
   * succeeds, one batch of a partition at a time.
   *
   * @throws PositionMoved when the stored offset is no longer `from`
   */
  handle(batch: MessageBatch): Promise<void>;
  /**
   * Stores where a partition begins whose stored position is `anew`; without this, such a position is taken as it is.
   *
   * @throws PositionMoved when another instance did
   */
  begin?(partition: number, at: LogBeginning): Promise<void>;
  /** Takes down that a partition is halted, for whoever mends it; called again while it is. */
  halt?(partition: number, code: HaltCode): Promise<void>;
  /** Told when a partition halts, and without a code when it goes on or is in other hands. */
  onHalt?(partition: number, code?: HaltCode): void;
  /** Told of each failure; the subscription goes on by itself. */
  onError?(error: unknown): void;
  /** Events in a batch at most; 500 unless told. */
  batchSize?: number;
}

/** A reader at work. */
export interface Subscription {
  /** Ends after the batch in hand. */
  stop(): Promise<void>;
  /** Why nothing is delivered at the moment; `undefined` while all is well. */
  stalled(): string | undefined;
}

/**
 * A durable log per topic. Delivery is at least once and for each tenant in the order of publication; each driver passes
 * `eventBusContract`.
 */
export interface EventBus {
  /**
   * Resolves when the events are durable, in the order given. After a failure it is unknown whether they are: publish
   * the identical batch again.
   */
  publish(topic: string, messages: readonly EventMessage[]): Promise<void>;
  subscribe(options: SubscribeOptions): Subscription;
  /** Stops every subscription. */
  close(): Promise<void>;
}

/** The stored position is not the one this batch began at: another instance was faster, and this one is the zombie. */
export class PositionMoved extends Error {
  override readonly name = 'PositionMoved';
}

/**
 * Why a partition is not read on: serving on would lose events, so a person has to look. It goes on by itself when what is
 * stored has changed: that is looked at every few seconds.
 */
export type HaltCode =
  /** The stored position lies past the end: the bus was set back or emptied. */
  | 'bus_position_past_end'
  /** Events that were not read yet were deleted. */
  | 'bus_events_gone'
  /** The topic or the cluster is another one than the position was counted in. */
  | 'bus_log_replaced'
  /** The event before the position is not the one that was read there: the bus was set back and filled again. */
  | 'bus_log_differs';

/** Log and stored position do not fit together. */
export class BusHalted extends Error {
  override readonly name = 'BusHalted';

  constructor(
    readonly code: HaltCode,
    message: string,
  ) {
    super(message);
  }
}
