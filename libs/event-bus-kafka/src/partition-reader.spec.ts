import { describe, expect, test } from '@jest/globals';
import { BEGINNING, type MessageBatch, type StoredPosition } from '@countersign/event-bus';
import type { IHeaders, KafkaMessage } from 'kafkajs';
import { PartitionReader } from './partition-reader.js';

const record = (offset: number, headers: IHeaders): KafkaMessage => ({
  ...{ offset: `${offset}`, timestamp: '0', attributes: 0, key: null, value: Buffer.from('x'), headers },
});

/** A partition that holds one record, read by a consumer that begins anew each time `open` is called. */
function house(only: KafkaMessage) {
  const stand = async () => ({ log: 'cluster/topic', low: 0n, high: 1n });
  let stored: StoredPosition = BEGINNING;
  const told: unknown[] = [];
  const open = async () => {
    const fetched: bigint[] = [];
    const control = { stand, fetchFrom: (offset: bigint) => void fetched.push(offset), pause: () => undefined };
    const handle = async ({ next, log, messages }: MessageBatch) => {
      stored = { next, log, last: messages.at(-1)!.eventId };
    };
    const following = { topic: 'source', consumer: 'reader', position: async () => stored };
    const onError = (error: unknown) => void told.push(error);
    const reader = new PartitionReader(0, { ...following, handle, onError }, control);
    await reader.open();
    await reader.take(
      fetched[0] === 0n ? [only] : [],
      () => undefined,
      () => true,
    );
    return reader;
  };
  return { open, told, stored: () => stored };
}

describe('reading a partition', () => {
  test.each([
    ['no id', {}],
    ['an id that is none', { id: Buffer.from('x') }],
    ['bytes that nobody can unpack', { unreadable: Buffer.from('codec_unknown') }],
  ])(
    'CARD-3.kafka · a record with %s at the end of what was read is known again after a restart',
    async (_, headers) => {
      const { open, told, stored } = house(record(0, headers));
      await open();
      expect(stored().next).toBe(1n);
      const again = await open();
      expect([told, again.stalled]).toEqual([[], undefined]);
    },
  );

  test('CARD-3.kafka · another record in its place is not', async () => {
    const { open, told, stored } = house(record(0, { id: Buffer.from('018f0000-0000-7000-8000-000000000001') }));
    await open();
    stored().last = '018f0000-0000-7000-8000-000000000002';
    await open();
    expect(told).toMatchObject([{ code: 'bus_log_differs' }]);
  });
});
