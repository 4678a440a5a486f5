import type { Handle } from './cryptoki.js';

/** Sessions of one connection. A session does one thing at a time; whoever finds none free waits for its turn. */
export class SessionPool {
  private readonly free: Handle[];
  private readonly waiting: ((session: Handle) => void)[] = [];

  constructor(
    readonly sessions: readonly Handle[],
    /** The module's generation they were opened under. */
    readonly generation: number,
  ) {
    this.free = [...sessions];
  }

  async use<T>(work: (session: Handle) => Promise<T>): Promise<T> {
    const session = this.free.pop() ?? (await new Promise<Handle>((turn) => this.waiting.push(turn)));
    try {
      return await work(session);
    } finally {
      const next = this.waiting.shift();
      if (next) next(session);
      else this.free.push(session);
    }
  }
}
