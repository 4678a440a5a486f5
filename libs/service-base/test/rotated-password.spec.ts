import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createDatabase, withClient, type Database } from '@countersign/database';
import { startTestDatabase, type TestDatabase } from '@countersign/database/testing';
import { createLog } from '@countersign/platform';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { databaseUrlFrom } from '../src/database-url.js';

const WHO = { name: 'who', text: 'select pg_backend_pid() as pid' };

let db: TestDatabase;
let folder: string;
let role: string;
beforeAll(async () => {
  db = await startTestDatabase([]);
  folder = mkdtempSync(join(tmpdir(), 'rotated-password-'));
  role = `rotated_${db.name}`;
  await admin(`create role ${role} login password 'first'`);
  await admin(`grant connect on database ${db.name} to ${role}`);
});
afterAll(async () => {
  await admin(`revoke connect on database ${db.name} from ${role}; drop role ${role}`);
  await db.stop();
  rmSync(folder, { recursive: true });
});

const admin = (statement: string): Promise<unknown> => withClient(db.adminUrl, (client) => client.query(statement));

/** As a restart of the server would: the pool has noticed before this goes on. */
async function endConnections({ pool }: Database): Promise<void> {
  await admin(`select pg_terminate_backend(pid) from pg_stat_activity where usename = '${role}'`);
  while (pool.totalCount > 0) await sleep(10);
}

function put(password: string): string {
  const url = new URL(db.adminUrl);
  [url.username, url.password] = [role, password];
  const file = join(folder, 'url');
  writeFileSync(file, url.href, { mode: 0o600 });
  return file;
}

test('CARD-8.helm · a password that was rotated on disk is used by the next connection, and a bad file changes nothing', async () => {
  const lines: string[] = [];
  const log = createLog('info', { write: (line) => void lines.push(line) });
  const file = put('first');
  const database = createDatabase({ url: databaseUrlFrom('databaseUrlFile', file, log), schema: 'public', max: 1 });
  await database.query(WHO);
  await admin(`alter role ${role} password 'second'`);
  await endConnections(database);
  await expect(database.query(WHO)).rejects.toMatchObject({ code: '28P01' });
  put('second');
  expect((await database.query(WHO)).rows).toHaveLength(1);
  writeFileSync(file, 'hunter2');
  await endConnections(database);
  expect((await database.query(WHO)).rows).toHaveLength(1);
  expect(lines.map((line) => (JSON.parse(line) as { event: string }).event)).toEqual(['database.url_refused']);
  expect(lines.join()).not.toContain('hunter2');
  await database.close();
});
