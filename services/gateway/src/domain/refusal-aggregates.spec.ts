import { expect, test } from '@jest/globals';
import { RefusalAggregates } from './refusal-aggregates.js';

const refusal = { tenant: 't', code: 'rate_limited', network: '203.0.113' };

test('refusals of one tenant, code and network are one aggregate with the first as its sample', () => {
  const aggregates = new RefusalAggregates();
  for (let i = 0; i < 1_000; i += 1) aggregates.add(refusal, `request ${i}`);
  aggregates.add({ ...refusal, code: 'request_invalid' }, 'other');
  expect(aggregates.drain()).toEqual([
    { ...refusal, count: 1_000, sample: 'request 0' },
    { ...refusal, code: 'request_invalid', count: 1, sample: 'other' },
  ]);
  expect(aggregates.drain()).toEqual([]);
});

test('a stranger with many networks fills neither memory nor log', () => {
  const aggregates = new RefusalAggregates();
  for (let i = 0; i < 5_000; i += 1) aggregates.add({ ...refusal, network: String(i) }, 'r');
  const drained = aggregates.drain();
  expect(drained).toHaveLength(501);
  expect(drained.at(-1)).toEqual({ ...refusal, network: 'many', count: 4_500, sample: 'r' });
});

test('what could not be written is counted again', () => {
  const aggregates = new RefusalAggregates();
  aggregates.add(refusal, 'first');
  const [counted] = aggregates.drain();
  aggregates.add(refusal, 'second');
  aggregates.restore(counted!);
  expect(aggregates.drain()).toEqual([{ ...refusal, count: 2, sample: 'second' }]);
});
