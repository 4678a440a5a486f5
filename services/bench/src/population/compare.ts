import type { Population } from '../flags.js';
import type { ClosedFigures } from '../measure.js';
import type { Round } from '../turns.js';
import type { Footprint } from './case.js';

/** One case: what the median round showed of it, and what starting it took. */
export interface CaseFigures extends ClosedFigures, Footprint {
  /** Memory of the server after the last sign-in, bytes. */
  endBytes: number;
}

/** What `--json` prints of both cases: the small one as ever, the large one beside it. */
export interface LargeComparison extends CaseFigures {
  population: Population & { fillSeconds: number };
  large: CaseFigures;
  /** Large by small; within 0.9 and 1.1 the population does not show. */
  largeBySmall: { signInsPerSecond: number; p95: number; serverCpu: number; databaseCpu: number };
}

export const ratiosOf = ([small, large]: Round): LargeComparison['largeBySmall'] => ({
  signInsPerSecond: large.signInsPerSecond / small.signInsPerSecond,
  p95: large.p95Ms / small.p95Ms,
  serverCpu: large.serverCpuMs / small.serverCpuMs,
  databaseCpu: large.databaseCpuMs / small.databaseCpuMs,
});
