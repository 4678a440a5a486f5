import { expect, test } from '@jest/globals';
import { eventTable } from './figures.js';

test('each round is a row of a Markdown table, in whole numbers', () => {
  const round = {
    driver: 'kafka',
    burst: 50_000,
    eventsPerSecond: 4_904.6,
    processCpuUs: 72.6,
    databaseCpuUs: 79.1,
  } as const;
  const rows = eventTable([{ ...round, steadyPerSecond: 300, p50Ms: 65.5, p95Ms: 109.4, p99Ms: 118 }]).split('\n');
  expect(rows).toHaveLength(3);
  expect(rows[2]).toBe('| Kafka | 50,000 | 4,905 | 73 | 79 | 300 | 66 | 109 | 118 |');
  expect(new Set(rows.map((each) => each.split('|').length)).size).toBe(1);
});
