import { setTimeout as sleep } from 'node:timers/promises';
import { MigrationRefused, applyDatabase, isNotNow, withClient, type AppliedSchema } from '@countersign/database';
import { SCHEMAS } from '../../services.js';
import { CommandFailed } from '../command.js';
import type { House } from '../house.js';
import { accessOf, proveAccess } from './access.js';
import { TELL_MS } from './await-migrations.js';

const PAUSE_MS = 1_000;
const MISSING_DATABASE = '3D000';

export interface PreparedDatabase {
  database: string;
  schemas: AppliedSchema[];
}

/**
 * Roles, schemas and migrations, for the passwords in the files of all services.
 * @param waitSeconds how long the server may take to answer
 * @throws CommandFailed
 */
export async function prepareDatabase(
  house: House,
  waitSeconds: number,
  note: (line: string) => void,
): Promise<PreparedDatabase> {
  const access = accessOf((service) => house.settingsOf(service));
  const adminUrl = house.adminUrl();
  const { database, services } = access;
  try {
    await untilAnswers(adminUrl, waitSeconds, note);
    const schemas = await applyDatabase({ adminUrl, database, services, schemas: SCHEMAS, note });
    await proveAccess(access);
    note(`${database}: every service can log in`);
    return { database, schemas };
  } catch (error) {
    throw told(error);
  }
}

async function untilAnswers(url: string, seconds: number, note: (line: string) => void): Promise<void> {
  let said = 0;
  for (const end = Date.now() + seconds * 1_000; ; await sleep(PAUSE_MS)) {
    const problem = await withClient(url, () => Promise.resolve()).catch((error: unknown) => error);
    if (problem === undefined || (problem as { code?: string }).code === MISSING_DATABASE) return;
    if (!isNotNow(problem) || Date.now() > end) throw problem;
    if (Date.now() - said < TELL_MS) continue;
    said = Date.now();
    note(`PostgreSQL at ${new URL(url).host} does not answer yet (${reasonOf(problem)})`);
  }
}

/** PostgreSQL's own words name roles, databases and objects, and no password. */
const reasonOf = (error: unknown): string => {
  const { code = '', message = '' } = error as { code?: string; message?: string };
  return [code, message.split('\n')[0]].filter(Boolean).join(': ');
};

function told(error: unknown): unknown {
  if (error instanceof CommandFailed) return error;
  if (error instanceof MigrationRefused) return new CommandFailed(error.message.split('\n')[0]!, 'migration_refused');
  return new CommandFailed(`database: ${reasonOf(error)}`);
}
