import { EventEmitter, once } from 'node:events';
import type { Database } from '@countersign/database';

export interface SignedSnapshot {
  sequence: bigint;
  jws: string;
}

const PAGE = { name: 'snapshots_after', text: 'select sequence, jws from snapshots_after($1, $2, $3)' };
const HEAD = { name: 'change_head', text: 'select value from change_sequence where id = 1' };
/** Less than any transport's limit of a message, and still the largest single snapshot. */
const PAGE_BYTES = 700 * 1024;
const MOST = 500;
const POLL_MS = 500;

/**
 * Signed snapshots in the order of their numbers, with a long poll. Changes made by this process wake it at once, those
 * of other replicas are found within half a second by one look at the number, however many are waiting.
 */
export class SnapshotFeed {
  private readonly moved = new EventEmitter().setMaxListeners(0);
  private waiting = 0;
  private timer: NodeJS.Timeout | undefined;
  private seen = 0n;

  /** @param draining whether this process is about to stop: whoever waits gets an answer then */
  constructor(
    private readonly database: Database,
    private readonly draining: () => boolean,
  ) {}

  /**
   * The newest snapshot of each tenant that changed after `after`: at most `limit` of them and 700 KiB.
   * Waits until `until` (Unix milliseconds) for the first one.
   */
  async after(after: bigint, limit: number, until: number): Promise<SignedSnapshot[]> {
    const values = [after, Math.min(Math.max(limit, 1), MOST), PAGE_BYTES];
    for (;;) {
      const { rows } = await this.database.query<SignedSnapshot>(PAGE, values);
      if (rows.length > 0 || Date.now() >= until || this.draining()) return rows;
      await this.change(until);
    }
  }

  /** Something was committed by this process. */
  wake(): void {
    this.moved.emit('moved');
  }

  private async change(until: number): Promise<void> {
    this.waiting += 1;
    this.timer ??= setInterval(() => void this.look(), POLL_MS);
    const signal = AbortSignal.timeout(Math.max(0, until - Date.now()));
    await once(this.moved, 'moved', { signal }).catch(() => undefined);
    this.waiting -= 1;
    if (this.waiting > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  /** A look that fails wakes everyone too: their own query then tells them what is wrong. */
  private async look(): Promise<void> {
    const head = await this.database.query<{ value: bigint }>(HEAD).then(
      ({ rows }) => rows[0]!.value,
      () => undefined,
    );
    if (head === this.seen && !this.draining()) return;
    this.seen = head ?? this.seen;
    this.wake();
  }
}
