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
}

/** Consecutive events of a topic. A consumer stores `next` where it held `from`, in the transaction of the effects. */
export interface MessageBatch {
  topic: string;
  from: bigint;
  next: bigint;
  messages: DeliveredMessage[];
}

export interface SubscribeOptions {
  /** One topic per source, named after the service; only that source's relay may write it. */
  topic: string;
  /** Name of the reader; two consumers of a topic do not know of each other. */
  consumer: string;
  /** The offset this consumer stored last; asked at the start, on assignment, and after every failure. */
  position(): Promise<bigint>;
  /**
   * Takes a batch: effects and position in one transaction, or neither. Called again with the same events until it
   * succeeds, one batch at a time.
   *
   * @throws PositionMoved when the stored offset is no longer `from`
   */
  handle(batch: MessageBatch): Promise<void>;
  /** Told of each failure; the subscription goes on by itself. */
  onError?(error: unknown): void;
  /** Events in a batch at most; 500 unless told. */
  batchSize?: number;
}

export interface Subscription {
  /** Ends after the batch in hand. */
  stop(): Promise<void>;
  /** Why nothing is delivered at the moment; `undefined` while all is well. */
  stalled(): string | undefined;
}

/**
 * A durable, ordered log per topic. Delivery is at least once and in the order of publication; each driver passes
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
