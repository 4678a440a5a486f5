import { median } from '../figures.js';
import type { ClosedFigures } from '../measure.js';
import type { Population } from '../flags.js';

/** One case: medians over the rounds, and what starting it took. */
export interface CaseFigures extends ClosedFigures {
  /** From the start of the process until every service is ready, milliseconds. */
  startMs: number;
  startCpuMs: number;
  /** Memory of the server before the first sign-in and after the last, bytes. */
  startBytes: number;
  endBytes: number;
}

/** What `--json` prints of both cases: the small one as ever, the large one beside it. */
export interface LargeComparison extends CaseFigures {
  population: Population & { fillSeconds: number };
  large: CaseFigures;
  /**
   * Large by small, each the median of the rounds' own ratios: what disturbs the machine for longer than a round falls on
   * both sides of a ratio. Within 0.9 and 1.1 the population does not show.
   */
  largeBySmall: { signInsPerSecond: number; p95: number; serverCpu: number; databaseCpu: number };
}

/** Numbers are medians each on its own; errors are all there were; statements are those of the last round. */
export function medianOf(rounds: readonly ClosedFigures[]): ClosedFigures {
  const middle = (of: (figures: ClosedFigures) => number): number => median(rounds.map(of));
  return {
    signInsPerSecond: middle((each) => each.signInsPerSecond),
    p50Ms: middle((each) => each.p50Ms),
    p95Ms: middle((each) => each.p95Ms),
    p99Ms: middle((each) => each.p99Ms),
    serverCpuMs: middle((each) => each.serverCpuMs),
    databaseCpuMs: middle((each) => each.databaseCpuMs),
    statements: middle((each) => each.statements),
    commits: middle((each) => each.commits),
    backgroundCommits: middle((each) => each.backgroundCommits),
    walBytes: middle((each) => each.walBytes),
    errors: rounds.reduce((sum, { errors }) => sum + errors, 0),
    statementsByName: rounds.at(-1)!.statementsByName,
  };
}

/** Rounds of two cases in the order they were measured, each with the other's. */
export function ratiosOf(
  small: readonly ClosedFigures[],
  large: readonly ClosedFigures[],
): LargeComparison['largeBySmall'] {
  const middle = (of: (figures: ClosedFigures) => number): number =>
    median(large.map((each, n) => of(each) / of(small[n]!)));
  return {
    signInsPerSecond: middle((each) => each.signInsPerSecond),
    p95: middle((each) => each.p95Ms),
    serverCpu: middle((each) => each.serverCpuMs),
    databaseCpu: middle((each) => each.databaseCpuMs),
  };
}
