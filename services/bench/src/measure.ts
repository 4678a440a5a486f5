import type { Candidate } from './candidate.js';
import { es256VerifyMs } from './es256.js';
import type { Figures } from './figures.js';
import { closedLoad, openLoad, percentile, type LoadResult } from './load/load.js';
import { perSignIn, read } from './meters.js';
import type { Run } from './run.js';

export interface LoadPlan {
  /** Length of each measured load. */
  seconds: number;
  /** Sign-ins at a time in the closed load. */
  parallel: number;
}

export const WARM_UP_SECONDS = 15;

const latencies = ({ latencies: sorted }: LoadResult): { p50Ms: number; p95Ms: number; p99Ms: number } => ({
  p50Ms: percentile(sorted, 50),
  p95Ms: percentile(sorted, 95),
  p99Ms: percentile(sorted, 99),
});

/** What the closed load alone shows. */
export type ClosedFigures = Omit<Figures, 'open' | 'es256VerifyMs'>;

export async function measureClosed(candidate: Candidate, { seconds, parallel }: LoadPlan): Promise<ClosedFigures> {
  const before = await read(candidate);
  const closed = await closedLoad(candidate.signIn, parallel, seconds);
  const cost = perSignIn(before, await read(candidate), closed.signIns, candidate.division);
  return {
    signInsPerSecond: closed.signIns / closed.seconds,
    ...latencies(closed),
    serverCpuMs: cost.serverMs,
    databaseCpuMs: cost.databaseMs,
    statements: cost.statements,
    commits: cost.commits,
    backgroundCommits: cost.backgroundCommits,
    walBytes: cost.walBytes,
    errors: closed.errors,
    statementsByName: cost.statementsByName,
  };
}

/** Adds to what the closed load showed an open load at half its rate. @param verifyMs of one ES256 verification */
export async function withOpenLoad(
  { plan, say }: Run,
  { signIn }: Candidate,
  closed: ClosedFigures,
  verifyMs: number,
): Promise<Figures> {
  const perSecond = Math.max(1, Math.floor(closed.signInsPerSecond / 2));
  say(`open load, ${perSecond} a second, ${plan.seconds} s …`);
  const open = await openLoad(signIn, perSecond, plan.seconds);
  return {
    ...closed,
    es256VerifyMs: verifyMs,
    errors: closed.errors + open.errors,
    open: { perSecond, ...latencies(open), errors: open.errors },
  };
}

/** Warms up, then measures a closed load and an open one at half its rate. */
export async function measure(run: Run, candidate: Candidate): Promise<Figures> {
  const { plan, say } = run;
  const verifyBefore = es256VerifyMs();
  await closedLoad(candidate.signIn, plan.parallel, WARM_UP_SECONDS);
  say(`closed load, ${plan.parallel} at a time, ${plan.seconds} s …`);
  const closed = await measureClosed(candidate, plan);
  const figures = await withOpenLoad(run, candidate, closed, verifyBefore);
  return { ...figures, es256VerifyMs: (verifyBefore + es256VerifyMs()) / 2 };
}
