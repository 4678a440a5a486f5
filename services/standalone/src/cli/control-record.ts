import { setTimeout as sleep } from 'node:timers/promises';
import { makeLeaf, type EventFields } from '@countersign/contracts';
import { createDatabase, isUniqueViolation } from '@countersign/database';
import { appendEvent } from '@countersign/outbox';
import { readDatabaseUrl } from '@countersign/service-base';

/** An event of the control plane. */
export type ControlEvent = Omit<EventFields, 'source'>;

export interface ControlRecord {
  /** @throws `unavailable` */
  write(event: ControlEvent): Promise<void>;
  close(): Promise<void>;
}

const TRIES = 4;
const PAUSE_MS = 1_000;

/**
 * Writes events into the outbox of tenant without that service, which cannot start while its own key is disabled or its
 * store is away. They leave with the relay of the running one. A failure is tried again for some seconds.
 *
 * @param databaseUrlFile the setting of tenant
 */
export function openControlRecord(databaseUrlFile: string): ControlRecord {
  const url = readDatabaseUrl('databaseUrlFile', databaseUrlFile);
  const database = createDatabase({ url, schema: 'tenant', max: 1, onIdleError: () => undefined });
  return {
    write: (event) => {
      const leaf = makeLeaf({ ...event, source: 'tenant' });
      return persistently(() => appendEvent(database, leaf));
    },
    close: () => database.close(),
  };
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
