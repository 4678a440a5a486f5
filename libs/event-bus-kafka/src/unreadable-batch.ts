import type { FetchedRecord } from './kafkajs-inside.js';

/** Why a batch cannot be read. */
export type Unreadable =
  /** Compressed in a way this adapter does not carry. */
  | 'codec_unknown'
  /** Far more bytes, or records, than anybody of ours writes at once. */
  | 'batch_too_large'
  /** The bytes are not what the batch says they are. */
  | 'batch_corrupt';

export const UNREADABLE_CODES: ReadonlySet<string> = new Set<Unreadable>([
  'codec_unknown',
  'batch_too_large',
  'batch_corrupt',
]);

/** Header of a record that stands for a batch that cannot be read. */
export const UNREADABLE = 'unreadable';

/** Ends the decoding of one batch. */
export class UnreadableBatch extends Error {
  constructor(readonly reason: Unreadable) {
    super(reason);
  }
}

/** One record in the place of a whole batch, at its last offset, so that a reader passes it; its value is the batch as it was. */
export const standIn = (batch: Buffer, last: bigint, writtenAt: bigint, reason: Unreadable): FetchedRecord => ({
  offset: String(last),
  timestamp: String(writtenAt),
  attributes: 0,
  key: null,
  value: batch,
  headers: { [UNREADABLE]: Buffer.from(reason) },
  isControlRecord: false,
  batchContext: { producerId: '-1', inTransaction: false },
});
