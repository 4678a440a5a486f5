import { finding, type Finding } from './finding.js';

/** Expiry is judged by the database clock, signatures by ours: they must agree. */
const MOST_SKEW_MS = 1_000;

/** A connection to the database; the driver's fits. */
interface Client {
  query<T extends object>(text: string): Promise<{ rows: T[] }>;
}

/**
 * Compares the clocks of this server and of the database. An answer may have been under way for all of the time it took: what
 * that explains is no difference of clocks.
 */
export async function clocks(client: Client, now: () => number = Date.now): Promise<Finding> {
  const before = now();
  const { rows } = await client.query<{ ms: number }>(
    'select extract(epoch from clock_timestamp())::float8 * 1000 as ms',
  );
  const after = now();
  const skew = Math.round(rows[0]!.ms - (before + after) / 2);
  const isApart = Math.abs(skew) - (after - before) / 2 > MOST_SKEW_MS;
  const problems = isApart ? [`differ by ${skew} ms: set both by NTP`] : [];
  return finding('clocks of this server and of the database', problems, `${skew} ms apart`);
}
