import { startTestDatabase, type TestDatabase } from '@countersign/database/testing';
import type { EventMessage } from '@countersign/event-bus';
import { utf8, uuidv7 } from '@countersign/kernel';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { outboxSql } from '../src/index.js';

export const repository = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const sqlOf = (name: string): string => readFileSync(join(repository, 'libs/event-bus/sql', name), 'utf8');

/** A database with the tables of one service, `source`: its outbox, and how far it has read others' topics. */
export async function startSource(): Promise<{ db: TestDatabase; stop: () => Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-outbox-'));
  for (const [name, sql] of [
    ['20261101000000_outbox', outboxSql()],
    ['20261101000001_position', sqlOf('consumer-position.sql')],
    ['20261101000002_partitions', sqlOf('consumer-partitions.sql')],
    ['20261101000003_restart', sqlOf('consumer-restart.sql')],
  ] as const) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'migration.sql'), sql);
  }
  const db = await startTestDatabase(['source'], { migrations: { source: folder } });
  const stop = async (): Promise<void> => {
    await db.stop();
    rmSync(folder, { recursive: true });
  };
  return { db, stop };
}

export const [left, right] = [uuidv7(), uuidv7()];

export const event = (tenant = left): EventMessage => ({
  eventId: uuidv7(),
  tenant,
  type: 'test.happened',
  leaf: utf8('{"v":1}'),
});
