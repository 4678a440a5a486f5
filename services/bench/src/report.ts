/** What `npm run bench -- --json` prints; times in milliseconds, counts per sign-in. */
export interface Report {
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

export function print(report: Report): void {
  const unit = (ms: number): string =>
    `${ms.toFixed(3)} ms = ${(ms / report.es256VerifyMs).toFixed(1)} ES256 verifications`;
  const lines = [
    ['sign-ins per second', report.signInsPerSecond.toFixed(0)],
    ['p50 / p95 / p99', [report.p50Ms, report.p95Ms, report.p99Ms].map((ms) => `${ms.toFixed(1)} ms`).join(' / ')],
    ['server CPU', unit(report.serverCpuMs)],
    ['database CPU', unit(report.databaseCpuMs)],
    ['one ES256 verification', `${report.es256VerifyMs.toFixed(4)} ms`],
    ['statements, commits', `${report.statements.toFixed(2)}, ${report.commits.toFixed(2)}`],
    ['background commits', report.backgroundCommits.toFixed(2)],
    ['WAL', `${report.walBytes.toFixed(0)} bytes`],
    ['errors', String(report.errors)],
    [
      `open load, ${report.open.perSecond}/s`,
      `p50 ${report.open.p50Ms.toFixed(1)} ms, p95 ${report.open.p95Ms.toFixed(1)} ms, p99 ${report.open.p99Ms.toFixed(1)} ms, ${report.open.errors} errors`,
    ],
  ];
  process.stdout.write(
    `${lines.map(([what, value]) => `${what!.padEnd(24)}${value}`).join('\n')}\n\nStatements per sign-in\n`,
  );
  const byCount = Object.entries(report.statementsByName).sort(([, a], [, b]) => b - a);
  for (const [name, count] of byCount) process.stdout.write(`  ${count.toFixed(3).padStart(8)}  ${name}\n`);
}
