import { setTimeout as sleep } from 'node:timers/promises';
import { makeLeaf, type EventFields } from '@countersign/contracts';
import { isUniqueViolation, type Queryable } from '@countersign/database';
import { appendEvent } from '@countersign/outbox';

/** An event of the control plane. */
export type ControlEvent = Omit<EventFields, 'source'>;

const TRIES = 4;
const PAUSE_MS = 1_000;

/**
 * Writes an event into the outbox of tenant without that service, which cannot start while its own key is disabled or its
 * store is away. It leaves with the relay of the running one. A failure is tried again for some seconds.
 *
 * @param database the schema of tenant, as the service itself
 * @throws `unavailable`
 */
export function recordControl(database: Queryable, event: ControlEvent): Promise<void> {
  const leaf = makeLeaf({ ...event, source: 'tenant' });
  return persistently(() => appendEvent(database, leaf));
}

async function persistently(write: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await write();
    } catch (error) {
      // An earlier try was committed and its answer lost.
      if (isUniqueViolation(error)) return;
      if (tries === TRIES) throw error;
      await sleep(PAUSE_MS);
    }
  }
}
