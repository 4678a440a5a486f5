import type { Place } from './domain/cursor.js';
import type { FoundManifest, SaidManifest } from './domain/manifest.js';
import type { QuarantineChoice } from './domain/quarantine.js';

/** A leaf as the log gives it back. */
export interface StoredLeaf extends Place {
  leaf: Buffer;
  sealed: Buffer | null;
}

export interface SearchQuery {
  /** Only these types, when given. */
  types?: readonly string[];
  subject?: string;
  /** Pseudonym, credential, session or request id. */
  about?: string;
  outcome?: string;
  from?: Date;
  to?: Date;
  after?: Place;
  ascending: boolean;
  limit: number;
}

export interface LogReader {
  search(tenant: string, query: SearchQuery): Promise<StoredLeaf[]>;
}

/** What sources may ask about their own events, and nobody about another's. */
export interface ManifestBook {
  /**
   * Compares with the log. When both are first found to be the same, an event says so.
   *
   * @param request id of the call, for that event
   */
  compare(source: string, said: SaidManifest, request: string): Promise<FoundManifest>;
  /** @returns the ids of these that are neither in the log nor in quarantine */
  missing(source: string, ids: readonly string[]): Promise<string[]>;
}

/** A message that could not go into the log. */
export interface QuarantinedMessage {
  id: bigint;
  topic: string;
  partition: number;
  offset: bigint;
  /** In which log of the topic the offset counts; '' where there can be only one. */
  log: string;
  reason: string;
  detail: string;
  at: Date;
  writtenAt: Date | null;
  traceparent: string;
  eventId: string | null;
  tenant: string | null;
  type: string;
  /** Length of the leaf. */
  bytes: number;
  /** Its first 256 KiB, when asked for. */
  leaf: Buffer | null;
  tries: number;
  takenAt: Date | null;
}

/** What became of a message that was judged again. */
export interface Redriven {
  id: bigint;
  topic: string;
  partition: number;
  offset: bigint;
  /** It is in the log now. */
  taken: boolean;
  reason: string;
  detail: string;
}

export interface Quarantine {
  /** Oldest first, those with an id after `after`; without those in the log now unless `taken`. */
  list(
    choice: QuarantineChoice,
    query: { taken: boolean; whole: boolean; after: bigint; limit: number },
  ): Promise<QuarantinedMessage[]>;
  /**
   * Judges the next ones again by the rules of now; what is a leaf goes into the log, the rest stays with what is wrong with
   * it now. One transaction, with an event of who asked.
   *
   * @returns what was judged; empty: there is no more
   */
  redrive(choice: QuarantineChoice, after: bigint, by: string, request: string): Promise<Redriven[]>;
}
