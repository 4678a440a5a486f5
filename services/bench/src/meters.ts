import { withClient } from '@countersign/database';
import type { Candidate, Division } from './candidate.js';
import { cpuMs } from './cpu.js';

/** Everything that is counted, at one instant. */
export interface Reading {
  serverMs: number;
  databaseMs: number;
  /** Transactions that were given an id: those that write. */
  writes: bigint;
  walBytes: bigint;
  statements: Record<string, number>;
}

/** CPU comes from /proc, commits and WAL from PostgreSQL, statements from the server itself. */
export async function read({ adminUrl, postgresPid, serverPid, statements }: Candidate): Promise<Reading> {
  const sent = await statements();
  const { writes, wal } = await withClient(adminUrl, async (client) => {
    const { rows } = await client.query<{ writes: string; wal: string }>(
      `select pg_snapshot_xmax(pg_current_snapshot())::text as writes, (pg_current_wal_lsn() - '0/0'::pg_lsn)::text as wal`,
    );
    return rows[0]!;
  });
  return {
    serverMs: cpuMs(serverPid),
    databaseMs: cpuMs(postgresPid),
    writes: BigInt(writes),
    walBytes: BigInt(wal),
    statements: sent,
  };
}

export interface Difference {
  serverMs: number;
  databaseMs: number;
  walBytes: number;
  statements: number;
  commits: number;
  backgroundCommits: number;
  statementsByName: Record<string, number>;
}

/** What one sign-in cost between two readings. */
export function perSignIn(before: Reading, after: Reading, signIns: number, division: Division): Difference {
  const delta = Object.entries(after.statements)
    .map(([name, count]) => [name, count - (before.statements[name] ?? 0)] as const)
    .filter(([, count]) => count > 0);
  const sum = (matches: (name: string) => boolean): number =>
    delta.filter(([name]) => matches(name)).reduce((total, [, count]) => total + count, 0);
  const background = sum((name) => division.isBackgroundWrite(name));
  return {
    serverMs: (after.serverMs - before.serverMs) / signIns,
    databaseMs: (after.databaseMs - before.databaseMs) / signIns,
    walBytes: Number(after.walBytes - before.walBytes) / signIns,
    statements: sum((name) => division.isWaitedFor(name)) / signIns,
    commits: (Number(after.writes - before.writes) - background) / signIns,
    backgroundCommits: background / signIns,
    statementsByName: Object.fromEntries(delta.map(([name, count]) => [name, count / signIns])),
  };
}
