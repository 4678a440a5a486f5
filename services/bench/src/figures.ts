/** What was measured of one candidate; times in milliseconds, counts per sign-in. */
export interface Figures {
  signInsPerSecond: number;
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
  serverCpuMs: number;
  databaseCpuMs: number;
  es256VerifyMs: number;
  statements: number;
  commits: number;
  backgroundCommits: number;
  walBytes: number;
  errors: number;
  /** The same latencies at a fixed rate of half the closed load's throughput. */
  open: { perSecond: number; p50Ms: number; p95Ms: number; p99Ms: number; errors: number };
  /** Statements per sign-in by name, foreground and background. */
  statementsByName: Record<string, number>;
}
