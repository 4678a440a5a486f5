import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { exclusivelyHere } from './exclusively.js';

test('BCB-9.keys · changes of one name happen one after another, also after one that failed; others do not wait', async () => {
  const exclusively = exclusivelyHere();
  const order: string[] = [];
  const step = (name: string, label: string, ms: number) =>
    exclusively(name, async () => {
      order.push(`${label} begins`);
      await sleep(ms);
      order.push(`${label} ends`);
      if (label === 'first') throw new Error('first');
    });
  const first = step('a', 'first', 20);
  const second = step('a', 'second', 0);
  const other = step('b', 'other', 0);
  await expect(first).rejects.toThrow('first');
  await Promise.all([second, other]);
  expect(order.filter((entry) => !entry.startsWith('other'))).toEqual([
    'first begins',
    'first ends',
    'second begins',
    'second ends',
  ]);
  expect(order.indexOf('other ends')).toBeLessThan(order.indexOf('first ends'));
});
