/** What the measured process is told in its first argument. */
export interface PipeSettings {
  driver: Driver;
  /** Whose outbox. One driver after the other would find the positions of the first; each has a source of its own. */
  source: Source;
  databaseUrl: string;
  relayUrl: string;
  auditUrl: string;
  /** For the driver `kafka`. */
  brokers: readonly string[];
}

export const DRIVERS = { postgres: 'challenge', kafka: 'session' } as const;
export type Driver = keyof typeof DRIVERS;
export type Source = (typeof DRIVERS)[Driver];

/** Commits events one by one, at a fixed rate, as a service does. */
export interface SteadyQuestion {
  perSecond: number;
  seconds: number;
}

/** Stands before the topics. */
export const BENCH_PREFIX = 'bench.';
