import { median } from '../figures.js';
import type { ClosedFigures } from '../measure.js';
import type { Population } from '../flags.js';

/** One case: medians over the rounds, and what starting it took. */
export interface CaseFigures extends ClosedFigures {
  /** From the start of the process until every service is ready, milliseconds. */
  startMs: number;
  /** Memory of the server before the first sign-in and after the last, bytes. */
  startBytes: number;
  endBytes: number;
}

/** What `--json` prints of both cases: the small one as ever, the large one beside it. */
export interface LargeComparison extends CaseFigures {
  population: Population & { fillSeconds: number };
  large: CaseFigures;
  /** Large by small; within 0.9 and 1.1 the population does not show. */
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

export const compare = (
  population: LargeComparison['population'],
  small: CaseFigures,
  large: CaseFigures,
): LargeComparison => ({
  ...small,
  population,
  large,
  largeBySmall: {
    signInsPerSecond: large.signInsPerSecond / small.signInsPerSecond,
    p95: large.p95Ms / small.p95Ms,
    serverCpu: large.serverCpuMs / small.serverCpuMs,
    databaseCpu: large.databaseCpuMs / small.databaseCpuMs,
  },
});
