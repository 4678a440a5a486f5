import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { ServiceName } from '@countersign/contracts';
import { MigrationRefused, aheadText, schemaState } from '@countersign/database';
import { CommandFailed } from '../command.js';

const PAUSE_MS = 1_000;
/** Between two lines that say the same. */
export const TELL_MS = 5_000;

/** Where the migrations of a service lie. Services stand beside this package; to ask one would be to load it. */
export const migrationsOf = (service: ServiceName): string =>
  fileURLToPath(new URL(`../../../../${service}/prisma/migrations`, import.meta.url));

/**
 * Waits until the schema of a service is as this version of it expects, or further.
 * @param url of the application role
 * @returns migrations that are ahead of this version
 * @throws CommandFailed when it takes longer, with what it last waited for; at once when the schema can never fit
 */
export async function awaitMigrations(
  service: ServiceName,
  url: string,
  seconds: number,
  note: (line: string) => void,
): Promise<string[]> {
  let said = 0;
  for (const end = Date.now() + seconds * 1_000; ; await sleep(PAUSE_MS)) {
    const state = await look(service, url);
    if ('ahead' in state) return state.ahead;
    if (Date.now() > end) throw new CommandFailed(`${service}: ${state.waits}, after ${seconds} seconds`);
    if (Date.now() - said < TELL_MS) continue;
    said = Date.now();
    note(`${service}: waiting: ${state.waits}`);
  }
}

/** Everything but a schema that does not fit may pass: the roles are not there before they are made. */
async function look(service: ServiceName, url: string): Promise<{ ahead: string[] } | { waits: string }> {
  try {
    const { pending, ahead } = await schemaState({ url, schema: service, migrationsDir: migrationsOf(service) });
    return pending.length === 0 ? { ahead } : { waits: `${pending.length} migrations are not applied yet` };
  } catch (error) {
    if (error instanceof MigrationRefused) throw new CommandFailed(error.message, 'migration_refused');
    const { code, message = '' } = error as { code?: string; message?: string };
    return { waits: `the database of ${new URL(url).host} does not let it in yet (${code ?? message.split('\n')[0]})` };
  }
}

export const readyText = (service: ServiceName, ahead: readonly string[]): string =>
  `${service}: ${ahead.length === 0 ? 'the schema is as this version expects' : aheadText(ahead)}`;
