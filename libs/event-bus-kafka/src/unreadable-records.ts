/** Why the records of a batch cannot be read. */
export type Unreadable =
  /** Compressed in a way this adapter does not carry. */
  | 'codec_unknown'
  /** Far more bytes than anybody of ours writes at once. */
  | 'batch_too_large'
  /** The compressed bytes are not what the batch says they are. */
  | 'batch_corrupt';

export const UNREADABLE_CODES: ReadonlySet<string> = new Set<Unreadable>([
  'codec_unknown',
  'batch_too_large',
  'batch_corrupt',
]);

/** Header of a record that stands for one that cannot be read. */
export const UNREADABLE = 'unreadable';

/** Where the header of a batch holds these, counted back from the records (Kafka documentation, "Record Batch"). */
const COUNT_BEFORE = 4;
const LAST_OFFSET_DELTA_BEFORE = 38;
/** More are not stood in for: memory ends first. */
const MOST_RECORDS = 500_000;

/**
 * Records in the place of those that cannot be read, one for each, so that a reader passes them in order and tells of each. The
 * first one carries the compressed bytes as they are.
 *
 * @param compressed a view into the batch: kafkajs hands on no count, but the header stands right before these bytes
 * @throws Error where no such header is there; the reader then fails as a whole
 */
export function unreadableRecords(compressed: Buffer, reason: Unreadable): Buffer {
  const header = compressed.byteOffset - LAST_OFFSET_DELTA_BEFORE;
  const before = header < 0 ? undefined : Buffer.from(compressed.buffer, header, LAST_OFFSET_DELTA_BEFORE);
  const count = before?.readInt32BE(LAST_OFFSET_DELTA_BEFORE - COUNT_BEFORE);
  if (count === undefined || count !== before!.readInt32BE(0) + 1)
    throw new Error('this version of kafkajs is not the one this adapter was made for');
  if (count > MOST_RECORDS) throw new Error(`a batch that cannot be read has ${count} records`);
  return Buffer.concat(Array.from({ length: count }, (_, at) => record(at, at === 0 ? compressed : undefined, reason)));
}

/** Attributes, no delay, the offset, no key, the value, one header (Kafka documentation, "Record"). */
function record(offsetDelta: number, value: Buffer | undefined, reason: string): Buffer {
  const [name, text] = [Buffer.from(UNREADABLE), Buffer.from(reason)];
  const body = Buffer.concat([
    Buffer.from([0, 0]),
    varint(offsetDelta),
    varint(-1),
    value ? Buffer.concat([varint(value.length), value]) : varint(-1),
    varint(1),
    varint(name.length),
    name,
    varint(text.length),
    text,
  ]);
  return Buffer.concat([varint(body.length), body]);
}

/** Zigzag and little groups of seven bits first. */
function varint(value: number): Buffer {
  const bytes: number[] = [];
  let left = ((value << 1) ^ (value >> 31)) >>> 0;
  for (; left >= 0x80; left >>>= 7) bytes.push((left & 0x7f) | 0x80);
  return Buffer.from([...bytes, left]);
}
