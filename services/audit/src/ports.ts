import type { Place } from './domain/cursor.js';
import type { FoundManifest, SaidManifest } from './domain/manifest.js';

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
