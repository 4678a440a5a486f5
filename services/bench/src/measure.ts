import type { Candidate } from './candidate.js';
import { es256VerifyMs } from './es256.js';
import type { Figures } from './figures.js';
import { closedLoad, openLoad, percentile, type LoadResult } from './load/load.js';
import { perSignIn, read } from './meters.js';

export interface LoadPlan {
  /** Length of each measured load. */
  seconds: number;
  /** Sign-ins at a time in the closed load. */
  parallel: number;
}

export type Say = (line: string) => void;

export const WARM_UP_SECONDS = 5;

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

/** Warms up, then measures a closed load and an open one at half its rate. */
export async function measure(candidate: Candidate, plan: LoadPlan, say: Say): Promise<Figures> {
  const { seconds, parallel } = plan;
  const verifyBefore = es256VerifyMs();
  await closedLoad(candidate.signIn, parallel, WARM_UP_SECONDS);
  say(`closed load, ${parallel} at a time, ${seconds} s …`);
  const closed = await measureClosed(candidate, plan);
  const perSecond = Math.max(1, Math.floor(closed.signInsPerSecond / 2));
  say(`open load, ${perSecond} a second, ${seconds} s …`);
  const open = await openLoad(candidate.signIn, perSecond, seconds);
  return {
    ...closed,
    es256VerifyMs: (verifyBefore + es256VerifyMs()) / 2,
    errors: closed.errors + open.errors,
    open: { perSecond, ...latencies(open), errors: open.errors },
  };
}
