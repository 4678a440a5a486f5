import { statementLines, table, times, type Row } from '../table.js';
import type { CaseFigures, LargeComparison } from './compare.js';

const megabytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`;

const ROWS: [what: string, cell: (figures: CaseFigures) => string][] = [
  ['sign-ins per second', ({ signInsPerSecond }) => signInsPerSecond.toFixed(0)],
  ['p50 / p95 / p99', ({ p50Ms, p95Ms, p99Ms }) => times(p50Ms, p95Ms, p99Ms)],
  ['server CPU', ({ serverCpuMs }) => `${serverCpuMs.toFixed(3)} ms`],
  ['database CPU', ({ databaseCpuMs }) => `${databaseCpuMs.toFixed(3)} ms`],
  ['statements, commits', ({ statements, commits }) => `${statements.toFixed(2)}, ${commits.toFixed(2)}`],
  ['background commits', ({ backgroundCommits }) => backgroundCommits.toFixed(2)],
  ['WAL', ({ walBytes }) => `${walBytes.toFixed(0)} bytes`],
  ['errors', ({ errors }) => String(errors)],
  [
    'start: time, CPU',
    ({ startMs, startCpuMs }) => [startMs, startCpuMs].map((ms) => `${(ms / 1000).toFixed(1)} s`).join(', '),
  ],
  ['memory, started / after', ({ startBytes, endBytes }) => `${megabytes(startBytes)} / ${megabytes(endBytes)}`],
];

/** Both cases side by side. */
export function largeText(document: LargeComparison): string {
  const { population, large, largeBySmall } = document;
  const head: Row = ['', 'small', `${population.tenants} tenants, ${population.credentials} credentials`];
  const cells = ROWS.map(([what, cell]): Row => [what, cell(document), cell(large)]);
  const ratios = Object.entries(largeBySmall).map(([what, ratio]): Row => [what, ratio.toFixed(3)]);
  return [
    table([head, ...cells]),
    `Large by small\n${table(ratios)}`,
    `Statements per sign-in, small\n${statementLines(document.statementsByName)}`,
    `Statements per sign-in, large\n${statementLines(large.statementsByName)}`,
  ].join('\n\n');
}
