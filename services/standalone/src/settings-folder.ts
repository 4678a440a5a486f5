import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { SERVICES } from '@countersign/contracts';
import { variableOf } from '@countersign/platform';
import { writeSecret } from './data-dir.js';
import type { Installation } from './installation.js';

/** The file that names what `countersign doctor` looks at the database with. */
export const ADMIN = 'admin';

/** The file that says where services answer, for a command line that is not where they run. */
export const CLI = 'cli';

/** The file of one service, of `ADMIN` or of `CLI`. */
export const envFileOf = (folder: string, name: string): string => join(folder, `${name}.env`);

/**
 * What each service of an embedded installation is told, as files of variables below its data directory: what
 * `countersign --settings` reads.
 */
export function writeSettings({ data, adminUrl, settingsFor }: Installation): void {
  const folder = join(data.path, 'settings');
  for (const name of SERVICES) writeEnvFile(folder, name, settingsFor(name));
  const adminUrlFile = writeSecret(data.file('secrets', 'admin.database-url'), adminUrl);
  writeEnvFile(folder, ADMIN, { adminUrlFile });
}

const PLAIN = /^[\w@%+=:,./|-]*$/;
const QUOTES = [`'`, '"', '`'];

/** One variable a line. @throws RangeError for a value that such a file cannot hold */
function writeEnvFile(folder: string, name: string, settings: Readonly<Record<string, unknown>>): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const given = Object.entries(settings).filter(([, value]) => value !== undefined);
  const lines = given.map(([key, value]) => `${variableOf(key)}=${quoted(String(value))}\n`);
  writeSecret(envFileOf(folder, name), lines.join(''));
}

function quoted(value: string): string {
  if (PLAIN.test(value)) return value;
  const quote = QUOTES.find((each) => !value.includes(each));
  if (!quote || /[\r\n\\]/.test(value)) throw new RangeError('a setting cannot stand in a file of variables');
  return `${quote}${value}${quote}`;
}
