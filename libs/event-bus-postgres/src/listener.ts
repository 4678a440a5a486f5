import type { Database } from '@countersign/database';
import type pg from 'pg';

const RETRY_MS = 2_000;

/**
 * Hears of new messages through NOTIFY, on one connection of the pool for as long as somebody listens. It only saves
 * waiting: a notification that is lost, or a pooler that swallows them all, costs one polling interval.
 */
export class Listener {
  readonly #waiting = new Map<string, Set<() => void>>();
  #client: pg.PoolClient | undefined;
  #retry: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(readonly database: Database) {}

  /** Calls back at every notification of the topic, until the returned function is called. */
  on(topic: string, wake: () => void): () => void {
    const wakes = this.#waiting.get(topic) ?? new Set();
    this.#waiting.set(topic, wakes.add(wake));
    if (this.#waiting.size === 1 && wakes.size === 1) void this.#connect();
    return () => void wakes.delete(wake);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#client?.release(true);
    this.#client = undefined;
  }

  async #connect(): Promise<void> {
    try {
      const client = await this.database.pool.connect();
      client.on('error', () => this.#lost(client));
      client.on('notification', ({ payload }) => this.#waiting.get(payload ?? '')?.forEach((wake) => wake()));
      await client.query('listen bus');
      if (this.#closed) client.release(true);
      else this.#client = client;
    } catch {
      this.#later();
    }
  }

  #lost(client: pg.PoolClient): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    client.release(true);
    this.#later();
  }

  #later(): void {
    if (!this.#closed) this.#retry = setTimeout(() => void this.#connect(), RETRY_MS).unref();
  }
}
