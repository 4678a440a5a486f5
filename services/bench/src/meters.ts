import { withClient } from '@countersign/database';
import { cpuMs } from './cpu.js';
import type { Measured } from './installation.js';

/** Everything that is counted, at one instant. */
export interface Reading {
  serverMs: number;
  databaseMs: number;
  /** Transactions that were given an id: those that write. */
  writes: bigint;
  walBytes: bigint;
  statements: Record<string, number>;
}

export async function read(measured: Measured): Promise<Reading> {
  const statements = await measured.statements();
  const { writes, wal } = await withClient(measured.adminUrl, async (client) => {
    const { rows } = await client.query<{ writes: string; wal: string }>(
      `select pg_snapshot_xmax(pg_current_snapshot())::text as writes, (pg_current_wal_lsn() - '0/0'::pg_lsn)::text as wal`,
    );
    return rows[0]!;
  });
  return {
    serverMs: cpuMs(measured.serverPid),
    databaseMs: cpuMs(measured.postgresPid),
    writes: BigInt(writes),
    walBytes: BigInt(wal),
    statements,
  };
}

/** Statements that no request waits for: relay, consumers, snapshots, batched counters, housekeeping. */
const BACKGROUND =
  /^(outbox_(unsent|mark|lease_|backlog|maintain)|bus_|snapshot_|consumer_position|known$|append$|quarantine$|rate_|day_salt|session_touch|session_sweep|learn|last_use|change_|device_endings|claim_|sweep|.*_maintain|.*_sweep|sealing_key|listen)/;
/** Statements of transactions that only consumers and housekeeping open. A request that opened one would show in `commits`. */
const TRANSACTIONS = /^(begin|commit|rollback)$/;
/** Of the background, those that write: each is, or ends, one transaction. */
const BACKGROUND_WRITES =
  /^(bus_publish|outbox_mark|outbox_lease_hold|consumer_position_advance|rate_add|session_touch|snapshot_store)/;

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
export function perSignIn(before: Reading, after: Reading, signIns: number): Difference {
  const delta = Object.entries(after.statements)
    .map(([name, count]) => [name, count - (before.statements[name] ?? 0)] as const)
    .filter(([, count]) => count > 0);
  const sum = (matches: (name: string) => boolean): number =>
    delta.filter(([name]) => matches(name)).reduce((total, [, count]) => total + count, 0);
  const background = sum((name) => BACKGROUND_WRITES.test(name));
  return {
    serverMs: (after.serverMs - before.serverMs) / signIns,
    databaseMs: (after.databaseMs - before.databaseMs) / signIns,
    walBytes: Number(after.walBytes - before.walBytes) / signIns,
    statements: sum((name) => !BACKGROUND.test(name) && !TRANSACTIONS.test(name)) / signIns,
    commits: (Number(after.writes - before.writes) - background) / signIns,
    backgroundCommits: background / signIns,
    statementsByName: Object.fromEntries(delta.map(([name, count]) => [name, count / signIns])),
  };
}
