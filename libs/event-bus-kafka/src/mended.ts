import { decodeFetch } from './fetched.js';
import { Decoder, fetchResponse, RequestQueue } from './kafkajs-inside.js';
import { UnreadableBatch } from './unreadable-batch.js';

/** Of a record. Ours have three; what kafkajs does with them takes 50 ms for a thousand, and a batch has 10,000 records. */
const MOST_HEADERS = 32;

/** What kafkajs 2.2.4 gets wrong and offers no setting for. Repeating it changes nothing. */
export function mendClient(): void {
  fetchResponse.decode = decodeFetch;
  Decoder.prototype.readVarIntArray = readHeaders;
  RequestQueue.prototype.scheduleCheckPendingRequests = scheduleWhatWaits;
}

const readArray = Decoder.prototype.readVarIntArray;

/** As it was, for each header all those before it are copied. @throws UnreadableBatch */
function readHeaders<T>(this: Decoder, read: (decoder: Decoder) => T): T[] {
  const { offset } = this;
  if (this.readVarInt() > MOST_HEADERS) throw new UnreadableBatch('batch_too_large');
  this.offset = offset;
  return readArray.call(this, read) as T[];
}

const schedule = RequestQueue.prototype.scheduleCheckPendingRequests;

/** As it was, each connection on which nothing waits sets a timer of a negative time, a thousand times a second, and Node warns of it. */
function scheduleWhatWaits(this: RequestQueue): void {
  if (this.pending.length > 0) schedule.call(this);
}
