import { parseArgs } from 'node:util';

export interface BenchFlags {
  /** Length of each measured load. */
  seconds: number;
  parallel: number;
  json: boolean;
}

export function readFlags(args: readonly string[]): BenchFlags {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seconds: { type: 'string', default: '20' },
      parallel: { type: 'string', default: '16' },
      json: { type: 'boolean', default: false },
    },
  });
  return { seconds: Number(values.seconds), parallel: Number(values.parallel), json: values.json };
}
