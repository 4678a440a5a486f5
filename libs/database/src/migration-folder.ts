import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Migration {
  /** Name of its folder, `<timestamp>_<name>`. */
  name: string;
  sql: string;
  /** SHA-256 of the file in hexadecimal, as Prisma records it. */
  checksum: string;
}

const FOLDER = /^\d{14}_[a-z0-9_]+$/;

/** Reads a folder in the layout of `prisma migrate`, in order of the timestamps. */
export function readMigrations(folder: string): Migration[] {
  const names = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return names
    .map(({ name }) => name)
    .sort()
    .map((name) => {
      if (!FOLDER.test(name)) throw new Error(`${join(folder, name)} is not named <timestamp of 14 digits>_<name>`);
      const bytes = readFileSync(join(folder, name, 'migration.sql'));
      return { name, sql: bytes.toString('utf8'), checksum: createHash('sha256').update(bytes).digest('hex') };
    });
}
