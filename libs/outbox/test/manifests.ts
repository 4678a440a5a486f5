import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import { createDatabase, withClient, type Database } from '@countersign/database';
import { startTestDatabase, type TestDatabase } from '@countersign/database/testing';
import { utf8, uuidv7 } from '@countersign/kernel';
import { appendEvent, manifestSql, outboxSql } from '../src/index.js';
import { closeMinutes, settle, type Answer } from '../src/manifest-rows.js';

export const MINUTE = 60_000;
export const DAY = 86_400_000;
export const tenant = uuidv7();

/** A minute that is over, the given number of them ago. */
export const minutesAgo = (count: number): number => Math.floor(Date.now() / MINUTE) * MINUTE - count * MINUTE;

export function idAt(ms: number): string {
  const hex = Math.floor(ms).toString(16).padStart(12, '0');
  const random = randomBytes(10).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7${random.slice(0, 3)}-8${random.slice(3, 6)}-${random.slice(6, 18)}`;
}

/** Computed apart from the SQL: SHA-256 over the ids in order, 16 bytes each. */
export const digestOf = (ids: readonly string[]): Buffer =>
  createHash('sha256')
    .update(Buffer.from([...ids].sort().join('').replaceAll('-', ''), 'hex'))
    .digest();

let db: TestDatabase;
/** As the service, and as its relay. */
export let app: Database;
export let pool: Database;

/** Every test of the file finds an empty outbox without a manifest, in a database of the file's own. */
export function withManifests(): void {
  const folder = migrations();
  beforeAll(async () => {
    db = await startTestDatabase(['source'], { migrations: { source: folder } });
    app = db.open('source', 4);
    pool = createDatabase({ url: db.relayUrl('source'), schema: 'source', max: 4 });
  });
  afterAll(async () => {
    await pool.close();
    await db.stop();
    rmSync(folder, { recursive: true });
  });
  beforeEach(async () => {
    await as('truncate source.outbox, source.outbox_manifest');
  });
}

function migrations(): string {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-manifest-'));
  for (const [name, sql] of [
    ['20261101000000_outbox', outboxSql()],
    ['20261101000001_outbox_manifest', manifestSql()],
  ] as const) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'migration.sql'), sql);
  }
  return folder;
}

export const as = <T>(sql: string): Promise<T[]> =>
  withClient(db.adminUrl, async (client) => (await client.query(sql)).rows as T[]);

export async function append(...ids: string[]): Promise<string[]> {
  for (const eventId of ids) {
    const message = { eventId, tenant, type: 'test.happened', leaf: utf8('{"v":1}') };
    await app.inTenant(tenant, (tx) => appendEvent(tx, message));
  }
  return ids;
}
export const sent = (): Promise<unknown> => as('update source.outbox set sent_at = now() where sent_at is null');

export interface Row {
  from_at: Date;
  until_at: Date;
  events: number | null;
  digest: Buffer | null;
  covered_at: Date | null;
}
export const manifests = (): Promise<Row[]> => as<Row>('select * from source.outbox_manifest order by from_at');
export const uncovered = async (): Promise<Row[]> =>
  (await manifests()).filter(({ covered_at }) => covered_at === null);
export const cover = async (): Promise<void> => {
  for (let due = await closeMinutes(pool, 0, 30); due.length > 0; due = await closeMinutes(pool, 0, 30)) {
    await settle(
      pool,
      due.map((about): Answer => ({ about, covered: true, askInMs: 0 })),
    );
  }
};
