/** Background work that nobody waits for, least of all a start, and that never overlaps itself. */
export class Unhurried {
  private running: Promise<void> | undefined;
  private readonly stopping = new AbortController();

  constructor(
    private readonly work: (signal: AbortSignal) => Promise<void>,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** Begins a round, unless one is still going on. */
  begin = (): Promise<void> => {
    if (!this.stopping.signal.aborted) this.running ??= this.round();
    return Promise.resolve();
  };

  /** Ends the round that is going on. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async round(): Promise<void> {
    try {
      await this.work(this.stopping.signal);
    } catch (error) {
      if (!this.stopping.signal.aborted) this.onError(error);
    } finally {
      this.running = undefined;
    }
  }
}
