import type { JourneyResult, StepResult } from './journey/steps.js';

export interface Served {
  publicUrl: string;
  origin: string;
  adminPort?: number;
  dataDir: string;
}

/** Tells a person what happens, step by step; or a program, in one JSON document and nothing else on standard output. */
export class Teller {
  constructor(private readonly options: { json: boolean; once: boolean }) {}

  /** Progress goes to standard error, so that standard output stays the result. */
  note = (line: string): void => {
    if (!this.options.json) process.stderr.write(`${line}\n`);
  };

  step = ({ name, ok, ms }: StepResult, problem?: string): void => {
    if (!this.options.json)
      process.stdout.write(`${ok ? 'ok  ' : 'FAIL'} ${`${ms.toFixed(1)} ms`.padStart(10)}  ${name}\n`);
    if (problem) process.stderr.write(`${name}: ${problem}\n`);
  };

  result(journey: JourneyResult, { publicUrl, origin, adminPort, dataDir }: Served): void {
    if (this.options.json) return void process.stdout.write(`${JSON.stringify(journey)}\n`);
    if (this.options.once) return;
    const rows = [
      ['Demo bank', origin],
      ['API documentation', `${publicUrl}/docs`],
      ['OpenAPI', `${publicUrl}/v1/openapi.json`],
      ['Operators', `${publicUrl}/operator`],
      ...(adminPort ? [['Health and metrics', `http://localhost:${adminPort}/metrics`]] : []),
      ['Data', dataDir],
    ] as const;
    process.stdout.write(
      `\n${rows.map(([what, where]) => `${what.padEnd(20)}${where}`).join('\n')}\n\nCtrl-C stops.\n`,
    );
  }
}
