import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { BEGINNING, type MessageBatch, type StoredPosition } from '@countersign/event-bus';
import type { IHeaders, KafkaMessage } from 'kafkajs';
import { PartitionReader } from './partition-reader.js';

const record = (offset: number, headers: IHeaders): KafkaMessage => ({
  ...{ offset: `${offset}`, timestamp: '0', attributes: 0, key: null, value: Buffer.from('x'), headers },
});

/** A partition that holds one record, read by a consumer that begins anew each time `open` is called. */
function house(only: KafkaMessage) {
  let high = 1n;
  const stand = async () => ({ log: 'cluster/topic', low: 0n, high });
  let stored: StoredPosition = BEGINNING;
  const [told, heard]: [unknown[], unknown[]] = [[], []];
  const open = async () => {
    const fetched: bigint[] = [];
    const control = { stand, fetchFrom: (offset: bigint) => void fetched.push(offset), pause: () => undefined };
    const handle = async ({ next, log, messages }: MessageBatch) => {
      stored = { next, log, last: messages.at(-1)!.eventId };
    };
    const following = { topic: 'source', consumer: 'reader', position: async () => stored };
    const onError = (error: unknown) => void told.push(error);
    const onHalt = (_: number, code?: string) => void heard.push(code);
    const reader = new PartitionReader(0, { ...following, handle, onError, onHalt }, control);
    await reader.open();
    await reader.take(
      fetched[0] === 0n ? [only] : [],
      () => undefined,
      () => true,
    );
    return reader;
  };
  return { open, told, heard, stored: () => stored, empty: () => void (high = 0n) };
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

  test('CARD-6.consumer · a reader that came on and then halts stays halted until somebody looks: it is told once', async () => {
    const { open, told, heard, empty } = house(record(0, { id: Buffer.from('018f0000-0000-7000-8000-000000000001') }));
    const reader = await open();
    empty();
    for (let look = 0; look < 3; look++) {
      await reader.watch();
      await turn();
    }
    expect([heard, told.length]).toEqual([['bus_position_past_end'], 1]);
  });
});
