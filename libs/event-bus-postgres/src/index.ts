import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Database } from '@countersign/database';
import type { EventBus } from '@countersign/event-bus';
import { Listener } from './listener.js';
import { Reader } from './reader.js';
import { columns, PUBLISH } from './statements.js';

/** Migrations of the schema `bus`, for `migrate`. */
export const busMigrations = join(dirname(fileURLToPath(import.meta.url)), '../migrations');

/** How often readers look by themselves. */
export interface PostgresBusOptions {
  /** Longest wait of a reader that missed its notification, milliseconds; 1,000 unless told. */
  pollMs?: number;
  /** Between two looks of a halted reader at what is stored, milliseconds; 2,000 unless told. */
  lookMs?: number;
}

/**
 * The event bus in PostgreSQL, for an installation without a broker.
 *
 * @param database as the relay role of a source it may publish to that source's topic; as the application role of a
 *   service that `consumes` it may subscribe, and keeps one connection of the pool to listen
 */
export function postgresBus(database: Database, { pollMs = 1_000, lookMs = 2_000 }: PostgresBusOptions = {}): EventBus {
  const listener = new Listener(database);
  const readers = new Set<Reader>();
  return {
    publish: async (topic, messages) => {
      if (messages.length > 0) await database.query(PUBLISH, columns(topic, messages));
    },
    subscribe: (options) => {
      const reader = new Reader(database, options, pollMs, lookMs);
      const silence = listener.on(options.topic, reader.wake);
      readers.add(reader);
      const stop = async () => {
        silence();
        readers.delete(reader);
        await reader.stop();
      };
      return { stop, stalled: reader.stalled };
    },
    close: async () => {
      await Promise.all([...readers].map((reader) => reader.stop()));
      listener.close();
    },
  };
}
