import type { Place } from './domain/cursor.js';

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
