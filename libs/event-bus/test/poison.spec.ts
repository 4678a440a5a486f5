import { expect, test } from '@jest/globals';
import { refuse, utf8, uuidv7 } from '@countersign/kernel';
import { sortPoison, type DeliveredMessage } from '../src/index.js';

const message = (offset: bigint, text: string): DeliveredMessage => ({
  offset,
  eventId: uuidv7(),
  tenant: uuidv7(),
  type: 'test.event',
  leaf: utf8(text),
});
const read = ({ leaf }: DeliveredMessage): unknown => JSON.parse(Buffer.from(leaf).toString());

test('an event that cannot be read is set aside, the others keep their order', () => {
  const batch = [message(0n, '1'), message(1n, '{'), message(2n, '3')];
  const { good, poison } = sortPoison(batch, read);
  expect(good.map(({ message: { offset }, value }) => [offset, value])).toEqual([
    [0n, 1],
    [2n, 3],
  ]);
  expect(poison).toEqual([{ message: batch[1], reason: 'SyntaxError' }]);
});

test('the reason names the fault and holds nothing of the event', () => {
  const [coded] = sortPoison([message(0n, 'x')], () => {
    throw refuse('request_invalid', {}, 'the name is Ada');
  }).poison;
  expect(coded?.reason).toBe('request_invalid');
  expect(sortPoison([message(0n, 'secret')], read).poison[0]?.reason).not.toContain('secret');
});
