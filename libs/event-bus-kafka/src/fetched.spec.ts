import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import './client.js';
import { fetchResponse, type FetchedRecord } from './kafkajs-inside.js';

const EMPTY = Buffer.alloc(0);
const [PLAIN, GZIP, LZ4, ZSTD] = [0, 1, 3, 4];

/** No attributes, no delay, the offset, no key, the value, headers of an empty value (Kafka documentation, "Record"). */
function record(offset: number, value = EMPTY, names: readonly string[] = []): Buffer {
  const headers = names.flatMap((name) => [varint(name.length), Buffer.from(name), varint(0)]);
  const before = [Buffer.from([0, 0]), varint(offset), Buffer.from([1]), varint(value.length), value];
  const body = Buffer.concat([...before, varint(names.length), ...headers]);
  return Buffer.concat([varint(body.length), body]);
}

const named = (count: number): readonly string[] => Array.from({ length: count }, (_, at) => `h${at}`);

const records = (count: number): Buffer => Buffer.concat(Array.from({ length: count }, (_, at) => record(at)));

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let left = value * 2;
  for (; left >= 0x80; left = Math.floor(left / 0x80)) bytes.push((left % 0x80) | 0x80);
  return Buffer.from([...bytes, left]);
}

function batch(first: number, count: number, codec = PLAIN, packed = records(count)): Buffer {
  const header = Buffer.alloc(61);
  header.writeBigInt64BE(BigInt(first), 0);
  header.writeInt32BE(61 - 12 + packed.length, 8);
  header.writeInt8(2, 16);
  header.writeInt16BE(codec, 21);
  header.writeInt32BE(count - 1, 23);
  header.writeBigInt64BE(1_700_000_000_000n, 35);
  header.writeBigInt64BE(-1n, 43);
  header.writeInt32BE(count, 57);
  return Buffer.concat([header, packed]);
}

/** Of one partition of one topic. */
async function fetched(...batches: Buffer[]): Promise<FetchedRecord[]> {
  const set = Buffer.concat(batches);
  const [head, size] = [Buffer.alloc(64), Buffer.alloc(4)];
  size.writeInt32BE(set.length);
  head.writeInt32BE(1, 10);
  head.writeInt16BE(1, 14);
  head.write('t', 16);
  head.writeInt32BE(1, 17);
  const body = Buffer.concat([head.subarray(0, 21), Buffer.alloc(30), Buffer.alloc(8), size, set]);
  const answer = (await fetchResponse.decode(body)) as {
    responses: { topicName: string; partitions: { messages: FetchedRecord[] }[] }[];
  };
  expect(answer.responses.map(({ topicName }) => topicName)).toEqual(['t']);
  return answer.responses[0]!.partitions[0]!.messages;
}

function changed(change: (batch: Buffer) => unknown): Buffer {
  const bad = batch(1, 1);
  change(bad);
  return bad;
}

const shown = ({ offset, headers }: FetchedRecord) => [offset, String(headers?.['unreadable'] ?? '')];

describe('what a fetch brings', () => {
  test('CARD-3.kafka · is record by record what each batch holds', async () => {
    const [three, two] = [gzipSync(records(3)), zstdCompressSync(records(2))];
    const got = await fetched(batch(5, 2), batch(7, 3, GZIP, three), batch(10, 2, ZSTD, two));
    expect(got.map(({ offset }) => offset)).toEqual(['5', '6', '7', '8', '9', '10', '11']);
  });

  test.each([
    [
      'a hundred and fifty thousand tiny records',
      batch(1, 150_000, ZSTD, zstdCompressSync(records(150_000))),
      'batch_too_large',
    ],
    ['ten thousand and one, not compressed', batch(1, 10_001), 'batch_too_large'],
    ['more than 32 MiB unpacked', batch(1, 2, GZIP, gzipSync(Buffer.alloc(33 * 1024 * 1024))), 'batch_too_large'],
    ['a record of a hundred thousand headers', batch(1, 1, PLAIN, record(0, EMPTY, named(100_000))), 'batch_too_large'],
    ['a record of 33 headers', batch(1, 1, PLAIN, record(0, EMPTY, named(33))), 'batch_too_large'],
    ['a codec that is not carried', batch(1, 2, LZ4), 'codec_unknown'],
    ['bytes that do not unpack', batch(1, 2, ZSTD, Buffer.from('nonsense')), 'batch_corrupt'],
    ['more records in its header than behind it', batch(1, 9, PLAIN, records(3)), 'batch_corrupt'],
  ])(
    'CARD-3.kafka · of a batch of %s is one record at its last offset, with the batch as it was',
    async (_, bad, code) => {
      const last = BigInt(bad.readInt32BE(23)) + 1n;
      const got = await fetched(batch(0, 1), bad, batch(Number(last) + 1, 1));
      expect(got.map(shown)).toEqual([
        ['0', ''],
        [String(last), code],
        [String(last + 1n), ''],
      ]);
      expect(got[1]).toMatchObject({ key: null, timestamp: '1700000000000', isControlRecord: false });
      expect(got[1]!.value!.equals(bad)).toBe(true);
    },
  );

  test('CARD-3.kafka · is no more than memory holds: many batches of many records come by and by', async () => {
    const packed = zstdCompressSync(records(6_000));
    const got = await fetched(...[0, 1, 2, 3].map((at) => batch(at * 6_000, 6_000, ZSTD, packed)));
    expect([got.length, got.at(-1)!.offset]).toEqual([12_000, '11999']);
  });

  test.each([
    ['one record of 4 MiB', record(0, Buffer.alloc(4 * 1024 * 1024))],
    ['an empty record and 4 MiB behind it', Buffer.concat([record(0), Buffer.alloc(4 * 1024 * 1024)])],
  ])('CARD-3.kafka · is no more than memory holds: batches of %s come two by two', async (_, unpacked) => {
    const packed = zstdCompressSync(unpacked);
    const left = named(12).map((_name, at) => batch(at, 1, ZSTD, packed));
    const got: string[][] = [];
    while (left.length > 0) {
      const offsets = (await fetched(...left)).map(({ offset }) => offset);
      left.splice(0, offsets.length);
      got.push(offsets);
    }
    expect(got.map(({ length }) => length)).toEqual([2, 2, 2, 2, 2, 2]);
    expect(got.flat()).toEqual(named(12).map((name) => name.slice(1)));
  });

  test('CARD-3.kafka · is all of a thousand batches of one small record, each of them packed', async () => {
    const packed = zstdCompressSync(record(0));
    const got = await fetched(...named(1_000).map((_, at) => batch(at, 1, ZSTD, packed)));
    expect([got.length, got.at(-1)!.offset]).toEqual([1_000, '999']);
  });

  test('CARD-3.kafka · is a record with as many as 32 headers', async () => {
    const [got] = await fetched(batch(0, 1, PLAIN, record(0, EMPTY, named(32))));
    expect(Object.keys(got!.headers!)).toEqual(named(32));
  });

  test('CARD-3.kafka · ends before a batch of which only a part was fetched', async () => {
    expect((await fetched(batch(0, 1), batch(1, 5).subarray(0, 70))).map(shown)).toEqual([['0', '']]);
    expect(await fetched()).toEqual([]);
  });

  test.each([
    ['records of format 0', changed((bad) => bad.writeInt8(0, 16)), 'format 0'],
    ['records of format 1', changed((bad) => bad.writeInt8(1, 16)), 'format 1'],
    ['a batch of a negative length', changed((bad) => bad.writeInt32BE(-12, 8)), 'length -12'],
    ['a batch shorter than its header', changed((bad) => bad.writeInt32BE(48, 8)), 'length 48'],
  ])('CARD-3.kafka · ends with an error that says why, at %s', async (_, bad, reason) => {
    await expect(fetched(bad)).rejects.toThrow(reason);
    await expect(fetched(batch(0, 1), bad)).rejects.toThrow(reason);
  });

  test.each([[1], [60], [65]])('CARD-3.kafka · ends with an error when it is %d bytes of a batch', async (size) => {
    await expect(fetched(batch(0, 5).subarray(0, size))).rejects.toThrow(`${size} bytes that hold no whole batch`);
  });
});
