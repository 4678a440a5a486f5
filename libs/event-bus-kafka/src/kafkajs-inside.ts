import { createRequire } from 'node:module';
import type { KafkaMessage } from 'kafkajs';

/** Reads front to back. */
export interface Decoder {
  offset: number;
  readInt16(): number;
  readInt32(): number;
  readInt64(): bigint;
  readVarInt(): number;
  readString(): string | null;
  readBytes(length: number): Buffer;
  canReadBytes(length: number): boolean;
  readArray<T>(read: (decoder: Decoder) => T): T[];
  /** Of the headers of a record, and nothing else. */
  readVarIntArray<T>(read: (decoder: Decoder) => T): T[];
  readArrayAsync<T>(read: (decoder: Decoder) => Promise<T>): Promise<T[]>;
}

/** A record as kafkajs hands it from the decoder of a fetch to the consumer. */
export type FetchedRecord = KafkaMessage & {
  isControlRecord: boolean;
  batchContext: { producerId: string; inTransaction: boolean };
};

/** The questions of one connection. */
export interface RequestQueue {
  readonly pending: readonly unknown[];
  scheduleCheckPendingRequests(): void;
}

const inside = createRequire(import.meta.url);

// kafkajs 2.2.4 is pinned: were one of these gone, nothing would start.
export const Decoder = inside('kafkajs/src/protocol/decoder.js') as {
  new (bytes: Buffer): Decoder;
  prototype: Decoder;
};
export const RequestQueue = inside('kafkajs/src/network/requestQueue/index.js') as { prototype: RequestQueue };
export const decodeBatch = inside('kafkajs/src/protocol/recordBatch/v0/decoder.js') as (
  batch: Decoder,
) => Promise<{ records: FetchedRecord[] }>;
/** Of version 11, the newest that kafkajs asks for. */
export const fetchResponse = inside('kafkajs/src/protocol/requests/fetch/v11/response.js') as {
  decode(bytes: Buffer): Promise<unknown>;
};
