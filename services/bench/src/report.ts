import type { Figures } from './figures.js';
import { statementLines, table, times, type Row } from './table.js';

/** What `npm run bench -- --json` prints: our figures, and with `--peer` the peer's beside them. */
export interface Report extends Figures {
  peer?: Figures;
  /** Sign-ins per second of server CPU, ours by theirs: above 1 we are cheaper. */
  ratio?: number;
  /** Database CPU per sign-in, ours by theirs: below 1 we are cheaper. */
  databaseCpuRatio?: number;
}

/** Our figures beside a peer's. */
export const besidePeer = (ours: Figures, peer: Figures): Report => ({
  ...ours,
  peer,
  ratio: peer.serverCpuMs / ours.serverCpuMs,
  databaseCpuRatio: ours.databaseCpuMs / peer.databaseCpuMs,
});

const units = (ms: number, es256VerifyMs: number): string =>
  `${ms.toFixed(3)} ms = ${(ms / es256VerifyMs).toFixed(1)} ES256 verifications`;

const ROWS: [what: string, cell: (figures: Figures) => string][] = [
  ['sign-ins per second', ({ signInsPerSecond }) => signInsPerSecond.toFixed(0)],
  ['p50 / p95 / p99', ({ p50Ms, p95Ms, p99Ms }) => times(p50Ms, p95Ms, p99Ms)],
  ['server CPU', ({ serverCpuMs, es256VerifyMs }) => units(serverCpuMs, es256VerifyMs)],
  ['database CPU', ({ databaseCpuMs, es256VerifyMs }) => units(databaseCpuMs, es256VerifyMs)],
  ['one ES256 verification', ({ es256VerifyMs }) => `${es256VerifyMs.toFixed(4)} ms`],
  ['statements, commits', ({ statements, commits }) => `${statements.toFixed(2)}, ${commits.toFixed(2)}`],
  ['background commits', ({ backgroundCommits }) => backgroundCommits.toFixed(2)],
  ['WAL', ({ walBytes }) => `${walBytes.toFixed(0)} bytes`],
  ['errors', ({ errors }) => String(errors)],
  ['open load, per second', ({ open }) => String(open.perSecond)],
  ['  p50 / p95 / p99', ({ open }) => times(open.p50Ms, open.p95Ms, open.p99Ms)],
  ['  errors', ({ open }) => String(open.errors)],
];

/** The report as text, ending with what was sent to PostgreSQL. */
export function reportText(report: Report, peerName = ''): string {
  const columns = report.peer ? [report, report.peer] : [report];
  const head: Row[] = report.peer ? [['', 'countersign', peerName]] : [];
  return [
    table([...head, ...ROWS.map(([what, cell]): Row => [what, ...columns.map(cell)])]),
    ...(report.peer ? [table(ratioRows(report))] : []),
    `Statements per sign-in\n${statementLines(report.statementsByName)}`,
    ...(report.peer ? [`Statements per sign-in of ${peerName}\n${statementLines(report.peer.statementsByName)}`] : []),
  ].join('\n\n');
}

const ratioRows = ({ ratio, databaseCpuRatio, peer, signInsPerSecond }: Report): Row[] => [
  ['server', `${ratio!.toFixed(2)} times the peer's sign-ins per second of CPU`],
  ['database', `${databaseCpuRatio!.toFixed(2)} times the peer's CPU per sign-in`],
  ['throughput', `${(signInsPerSecond / peer!.signInsPerSecond).toFixed(2)} times the peer's sign-ins per second`],
];
