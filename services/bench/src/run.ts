import type { LoadPlan } from './measure.js';

/** One run of the benchmark: what was asked for, where to tell how it goes, and what it must leave behind stopped. */
export class Run {
  private readonly started: (() => Promise<void>)[] = [];
  private ending: Promise<void> | undefined;

  constructor(
    readonly plan: LoadPlan,
    readonly say: (line: string) => void,
  ) {}

  /** Something was started that `end` has to stop. Stopping it twice must do nothing. */
  defer(stop: () => Promise<void>): void {
    this.started.push(stop);
  }

  /** Stops what was started, the latest first; whoever asks meanwhile waits for the same end. */
  end(): Promise<void> {
    return (this.ending ??= this.stopAll());
  }

  private async stopAll(): Promise<void> {
    for (let stop = this.started.pop(); stop; stop = this.started.pop()) await stop();
  }
}

/** What a run has to say. */
export interface Outcome {
  /** For `--json`. */
  document: object;
  text: string;
  /** Sign-ins that failed. */
  errors: number;
}
