import type { Candidate } from './candidate.js';
import { closedLoad } from './load/load.js';
import { measureClosed, WARM_UP_SECONDS, type ClosedFigures, type LoadPlan } from './measure.js';
import type { Run } from './run.js';

export const ROUNDS = 3;

/** After a server stood still it catches up with its timers and loses connections it kept; that is not measured. */
const AGAIN_SECONDS = 1;

/** What one round showed of both. */
export type Round = readonly [one: ClosedFigures, other: ClosedFigures];

/**
 * Measures two candidates in turns, so that what disturbs the machine falls on both. Each server stands still while the
 * other is measured: on a PostgreSQL they share, nobody pays for the other's background.
 *
 * @param againSeconds of load before each measurement, not measured, in which a server that stood still finds its feet
 */
export async function measureInTurns(
  { plan, say }: Run,
  one: Candidate,
  other: Candidate,
  againSeconds = AGAIN_SECONDS,
): Promise<Round[]> {
  const rounds: Round[] = [];
  await warmUp(one, other, plan.parallel);
  for (let round = 1; round <= ROUNDS; round++) {
    say(`round ${round} of ${ROUNDS}: closed load, ${plan.parallel} at a time, ${plan.seconds} s each …`);
    const ofOne = await whileOtherStands(other, one, plan, () => measureClosed(one, plan), againSeconds);
    rounds.push([ofOne, await whileOtherStands(one, other, plan, () => measureClosed(other, plan), againSeconds)]);
  }
  return rounds;
}

/** Runs `work` while the other server stands still, after a moment in which this one finds its feet again. */
export async function whileOtherStands<T>(
  other: Candidate,
  { signIn }: Candidate,
  { parallel }: LoadPlan,
  work: () => Promise<T>,
  againSeconds = AGAIN_SECONDS,
): Promise<T> {
  other.freeze();
  try {
    await closedLoad(signIn, parallel, againSeconds);
    return await work();
  } finally {
    other.thaw();
  }
}

async function warmUp(one: Candidate, other: Candidate, parallel: number): Promise<void> {
  for (const { signIn } of [one, other]) await closedLoad(signIn, parallel, WARM_UP_SECONDS);
}

const cpu = ({ serverCpuMs, databaseCpuMs }: ClosedFigures): number => serverCpuMs + databaseCpuMs;

/**
 * The round whose ratio of all CPU is the median: its figures belong together, which medians taken one by one would not.
 * Errors are those of all rounds.
 */
export function medianRound(rounds: readonly Round[]): Round {
  const sorted = [...rounds].sort((a, b) => cpu(a[0]) / cpu(a[1]) - cpu(b[0]) / cpu(b[1]));
  const [one, other] = sorted[Math.floor(sorted.length / 2)]!;
  const errors = (side: 0 | 1): number => rounds.reduce((sum, round) => sum + round[side].errors, 0);
  return [
    { ...one, errors: errors(0) },
    { ...other, errors: errors(1) },
  ];
}
