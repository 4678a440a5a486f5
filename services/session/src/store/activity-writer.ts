import { systemClock, type Clock } from '@countersign/kernel';
import type { LastActive } from '../domain/last-active.js';
import type { SessionStore } from '../ports.js';

const BATCH = 500;

/** Writes when sessions were last used, apart from the requests that used them. */
export class ActivityWriter {
  constructor(
    private readonly activity: LastActive,
    private readonly store: Pick<SessionStore, 'touch'>,
    private readonly clock: Clock = systemClock,
  ) {}

  /** One statement per tenant and 500 sessions; with `all` also what is not due, because the process is ending. */
  async flush(all = false): Promise<void> {
    const now = this.clock.now();
    for (const [tenant, touches] of this.activity.take(now, all)) {
      for (let from = 0; from < touches.length; from += BATCH) {
        const batch = touches.slice(from, from + BATCH);
        await this.store.touch(tenant, batch, now).catch((error: unknown) => {
          this.activity.restore(tenant, batch);
          throw error;
        });
      }
    }
  }
}
