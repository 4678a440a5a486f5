import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const sqlOf = (name: string): string =>
  readFileSync(join(dirname(fileURLToPath(import.meta.url)), '../sql', name), 'utf8');

/** The migration every service with an outbox copies as `<timestamp>_outbox/migration.sql`, byte for byte. */
export const outboxSql = (): string => sqlOf('outbox.sql');

/** Likewise, as `<timestamp>_outbox_manifest/migration.sql`. */
export const manifestSql = (): string => sqlOf('manifest.sql');
