const FIRST = 26;
const OTHER = 38;

export type Row = readonly [what: string, ...cells: string[]];

/** Rows of text in columns. */
export const table = (rows: readonly Row[]): string =>
  rows
    .map(([what, ...cells]) => `${what.padEnd(FIRST)}${cells.map((cell) => cell.padEnd(OTHER)).join('')}`.trimEnd())
    .join('\n');

export const times = (...ms: number[]): string => ms.map((each) => `${each.toFixed(1)} ms`).join(' / ');

/** Statements per sign-in, the most frequent first. */
export const statementLines = (byName: Record<string, number>): string =>
  Object.entries(byName)
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `  ${count.toFixed(3).padStart(8)}  ${name}`)
    .join('\n');
