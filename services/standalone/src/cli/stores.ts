import type { ServiceName } from '@countersign/contracts';
import { createDatabase, type Database } from '@countersign/database';
import { readDatabaseUrl } from '@countersign/service-base';

/** The schema of one service, under the two roles its settings name. */
export interface Stores {
  /** As the service itself. */
  own: Database;
  /** As the relay of its outbox. */
  relay: Database;
}

/** Opened on first use; needs no running service. */
export function openStores(name: ServiceName, settings: Record<string, unknown>): Stores {
  const open = (key: 'databaseUrlFile' | 'relayUrlFile'): Database =>
    createDatabase({ url: readDatabaseUrl(key, String(settings[key])), schema: name, max: 1 });
  return { own: open('databaseUrlFile'), relay: open('relayUrlFile') };
}
