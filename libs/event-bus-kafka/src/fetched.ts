import { decodeBatch, Decoder, type FetchedRecord } from './kafkajs-inside.js';
import { standIn, UnreadableBatch, type Unreadable } from './unreadable-batch.js';

/** In a batch. What this adapter writes has 500 at most; so many objects fit into memory for each partition. */
const MOST_RECORDS = 10_000;
/** Of unpacked batches, in one answer for one partition: 1 MiB of batches as they are sent may unpack to many GiB. */
const MOST_BYTES = 8 * 1024 * 1024;
/** Offset, length, epoch and all else that stands before the records of a batch (Kafka documentation, "Record Batch"). */
const HEADER = 61;
const [LENGTH, FORMAT, LAST_OFFSET_DELTA, MAX_TIMESTAMP, COUNT] = [8, 16, 23, 35, 57];

/**
 * Decodes a fetch (Kafka protocol, key 1, version 11) as kafkajs does, but for batches that cannot be read. kafkajs ends with an
 * error at one that does not unpack, and at one of more than some 125,000 records, which it passes as arguments of one call; the
 * reading of every partition of the topic ends with it, for good. Here a record stands for such a batch, and what follows comes.
 */
export async function decodeFetch(bytes: Buffer): Promise<unknown> {
  const decoder = new Decoder(bytes);
  const clientSideThrottleTime = decoder.readInt32();
  const errorCode = decoder.readInt16();
  const sessionId = decoder.readInt32();
  const responses = await decoder.readArrayAsync(topicIn);
  // The broker throttles by itself; kafkajs is to do so before the next question.
  return { throttleTime: 0, clientSideThrottleTime, errorCode, sessionId, responses };
}

const topicIn = async (decoder: Decoder) => ({
  topicName: decoder.readString(),
  partitions: await decoder.readArrayAsync(partitionIn),
});

const partitionIn = async (decoder: Decoder) => ({
  partition: decoder.readInt32(),
  errorCode: decoder.readInt16(),
  highWatermark: String(decoder.readInt64()),
  lastStableOffset: String(decoder.readInt64()),
  lastStartOffset: String(decoder.readInt64()),
  abortedTransactions: decoder.readArray((of) => ({
    producerId: String(of.readInt64()),
    firstOffset: String(of.readInt64()),
  })),
  preferredReadReplica: decoder.readInt32(),
  messages: await recordsIn(decoder),
});

/** Ends at a batch of which only a part was fetched, or when there are enough: the rest is fetched again. */
async function recordsIn(decoder: Decoder): Promise<FetchedRecord[]> {
  const size = decoder.readInt32();
  if (size <= 0 || !decoder.canReadBytes(size)) return [];
  const bytes = decoder.readBytes(size);
  const records: FetchedRecord[] = [];
  let [at, held] = [0, 0];
  while (at + HEADER <= size && records.length < MOST_RECORDS && held < MOST_BYTES) {
    const end = endOf(bytes, at);
    if (end > size) break;
    const batch = await recordsOf(bytes.subarray(at, end));
    for (const record of batch) records.push(record);
    held += unpackedFor(batch, bytes);
    at = end;
  }
  // A broker sends the first batch whole or nothing; kafkajs would ask for it for ever, and nobody would know.
  if (at === 0) throw new Error(`Kafka answered with ${size} bytes that hold no whole batch`);
  return records;
}

/** @throws Error of what is no batch: where the next one begins, and which offsets are in it, nobody can say. The consumer ends with it. */
function endOf(bytes: Buffer, at: number): number {
  const [length, format] = [bytes.readInt32BE(at + LENGTH), bytes.readInt8(at + FORMAT)];
  if (format !== 2) throw new Error(`Kafka answered with records in format ${format}; this adapter reads format 2`);
  const end = at + LENGTH + 4 + length;
  if (end < at + HEADER)
    throw new Error(`Kafka answered with a batch of length ${length}, shorter than its own header`);
  return end;
}

/** Bytes: any slice, however short, keeps all that its batch unpacked to in memory. */
function unpackedFor(batch: readonly FetchedRecord[], { buffer: fetched }: Buffer): number {
  const slices = batch.flatMap(({ key, value, headers = {} }) => [key, value, ...Object.values(headers).flat()]);
  const memory = new Set(slices.flatMap((slice) => (Buffer.isBuffer(slice) ? [slice.buffer] : [])));
  memory.delete(fetched);
  return [...memory].reduce((sum, { byteLength }) => sum + byteLength, 0);
}

async function recordsOf(batch: Buffer): Promise<FetchedRecord[]> {
  try {
    if (batch.readInt32BE(COUNT) > MOST_RECORDS) throw new UnreadableBatch('batch_too_large');
    return (await decodeBatch(new Decoder(batch))).records;
  } catch (error) {
    const reason: Unreadable = error instanceof UnreadableBatch ? error.reason : 'batch_corrupt';
    const last = batch.readBigInt64BE(0) + BigInt(batch.readInt32BE(LAST_OFFSET_DELTA));
    return [standIn(batch, last, batch.readBigInt64BE(MAX_TIMESTAMP), reason)];
  }
}
