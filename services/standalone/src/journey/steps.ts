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
    const problem = await run(state).then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? error.message : 'failed'),
    );
    const result = { name, ok: problem === undefined, ms: Math.round((performance.now() - began) * 10) / 10 };
    results.push(result);
    told(result, problem);
    if (!result.ok) return { ok: false, steps: results };
  }
  return { ok: true, steps: results };
}
