import type { Driver } from './protocol.js';

/** What one round showed of a driver. Delays from the row in the outbox to the row of the leaf, milliseconds. */
export interface EventFigures {
  driver: Driver;
  /** Of a burst that was committed at once. */
  burst: number;
  eventsPerSecond: number;
  /** CPU of relay and reader, and of PostgreSQL, by event of the burst; microseconds. */
  processCpuUs: number;
  databaseCpuUs: number;
  steadyPerSecond: number;
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
}

const NAMES: Record<Driver, string> = { postgres: 'PostgreSQL', kafka: 'Kafka' };
const row = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
const whole = (value: number): string => Math.round(value).toLocaleString('en');

/** As Markdown: a row for each round. */
export function eventTable(rounds: readonly EventFigures[]): string {
  const head = ['driver', 'burst', 'events per s', 'relay and reader, CPU us', 'PostgreSQL, CPU us', 'steady per s'];
  const delays = ['median ms', 'p95 ms', 'p99 ms'];
  const lines = rounds.map((each) => [
    NAMES[each.driver],
    whole(each.burst),
    whole(each.eventsPerSecond),
    whole(each.processCpuUs),
    whole(each.databaseCpuUs),
    whole(each.steadyPerSecond),
    ...[each.p50Ms, each.p95Ms, each.p99Ms].map(whole),
  ]);
  return [row([...head, ...delays]), row(Array<string>(9).fill('---')), ...lines.map(row)].join('\n');
}
