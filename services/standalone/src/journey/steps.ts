/** One step of the journey as `--json` reports it. */
export interface StepResult {
  name: string;
  ok: boolean;
  /** Milliseconds, one decimal. */
  ms: number;
}

export interface JourneyResult {
  ok: boolean;
  steps: StepResult[];
}

/** A named piece of work; it may read what earlier steps left in `state`. */
export interface Step<State> {
  name: string;
  run(state: State): Promise<void>;
}

/** Runs steps in order and times each; the first that fails ends the journey. `told` hears each result as it comes. */
export async function runSteps<State>(
  steps: readonly Step<State>[],
  state: State,
  told: (step: StepResult, problem?: string) => void,
): Promise<JourneyResult> {
  const results: StepResult[] = [];
  for (const { name, run } of steps) {
    const began = performance.now();
    const problem = await run(state).then(() => undefined, problemOf);
    const result = { name, ok: problem === undefined, ms: Math.round((performance.now() - began) * 10) / 10 };
    results.push(result);
    told(result, problem);
    if (!result.ok) return { ok: false, steps: results };
  }
  return { ok: true, steps: results };
}

/** One line; where nobody answered, the system's word for it stands behind. */
function problemOf(error: unknown): string {
  if (!(error instanceof Error)) return 'failed';
  const { code } = (error.cause instanceof Error ? innermost(error.cause) : error) as NodeJS.ErrnoException;
  return code === undefined ? error.message : `${error.message.replace(/\.$/, '')} (${code})`;
}

const innermost = (error: Error): Error => (error.cause instanceof Error ? innermost(error.cause) : error);
